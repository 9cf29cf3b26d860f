import type { LocalFile } from '../NodePort.ts';
import { shellWord, shellWords } from './shellWords.ts';

/** Room that is left free on a file system of a node, in KiB. */
const SPARE_KIB = 1024;

/**
 * Takes a file by the standard input: into a part file, from where an earlier try ended; its digest is checked, then it is renamed. By `cat` and not by
 * SFTP: so it works with the rights that sudo gives as well, and where the subsystem is switched off.
 */
export function putScript({ name, sizeBytes, sha256 }: LocalFile, folder: string): string {
  return `umask 022
f=${shellWord(folder)}
n=${shellWord(name)}
digest_of() { sha256sum <"$1" | { read -r sum rest && echo "$sum"; }; }
mkdir -p "$f" && cd "$f" || exit 1
if [ -f "$n" ] && [ "$(stat -c %s "$n")" = ${sizeBytes} ] && [ "$(digest_of "$n")" = ${sha256} ]; then
  echo there
  exit 0
fi
p=".$n.${sha256.slice(0, 12)}.part"
from=$(stat -c %s "$p" 2>/dev/null || echo 0)
if [ "$from" -gt ${sizeBytes} ]; then
  rm -f "$p"
  from=0
fi
set -- $(df -Pk . | tail -n 1)
if [ $(($4 - ${SPARE_KIB})) -lt $(((${sizeBytes} - from) / 1024)) ]; then
  echo "no-room $(($4 * 1024)) $6"
  exit 1
fi
echo "from $from"
cat >>"$p" || exit 1
if [ "$(stat -c %s "$p")" -lt ${sizeBytes} ]; then
  echo cut
  exit 1
fi
if [ "$(digest_of "$p")" != ${sha256} ]; then
  rm -f "$p"
  echo mismatch
  exit 1
fi
mv -f "$p" "$n" && echo copied
`;
}

/** SHA-256 of the files of a folder that are there. */
export function digestsScript(folder: string, names: readonly string[]): string {
  return `cd ${shellWord(folder)} 2>/dev/null || exit 0
for n in ${shellWords(names)}; do
  if [ -f "$n" ]; then
    sha256sum <"$n" | { read -r sum rest && echo "$sum $n"; }
  fi
done
`;
}

export function parseDigests(text: string, names: readonly string[]): Record<string, string> {
  const known = new Set(names);
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64}) (.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && known.has(match[2])) found[match[2]] = match[1];
  }
  return found;
}
