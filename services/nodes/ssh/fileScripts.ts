import type { LocalFile } from '../NodePort.ts';
import { shellWord } from './shellWords.ts';

/** Room that is left free on a file system of a node, in KiB. */
const SPARE_KIB = 1024;

/** Files of a node that are remembered by how they were. */
const MOST_SEEN = 512;

/** Remembers a file as it is now; of too many the one that was remembered first is forgotten. */
export function remember(seen: Map<string, SeenFile>, path: string, file: SeenFile): void {
  seen.delete(path);
  seen.set(path, file);
  const [oldest] = seen.keys();
  if (seen.size > MOST_SEEN && oldest !== undefined) seen.delete(oldest);
}

/**
 * Takes a file by the standard input, as many bytes as are missing: into a part file, from where an earlier try ended; its digest is checked, then it is renamed. By the shell and not
 * by SFTP: so it works with the rights that sudo gives as well, and where the subsystem is switched off.
 */
export function putScript({ name, sizeBytes, sha256 }: LocalFile, folder: string): string {
  return `umask 022
f=${shellWord(folder)}
n=${shellWord(name)}
is_right() { sum=$(sha256sum <"$1") && [ "\${sum%% *}" = ${sha256} ]; }
[ -d "$f" ] || mkdir -p "$f"
cd "$f" || exit 1
if [ -f "$n" ] && [ "$(stat -c %s "$n")" = ${sizeBytes} ] && is_right "$n"; then
  stat -c 'as %d:%i:%s:%z' "$n" && echo there
  exit 0
fi
p=".$n.${sha256.slice(0, 12)}.part"
from=0
[ ! -f "$p" ] || from=$(stat -c %s "$p")
if [ "$from" -gt ${sizeBytes} ]; then
  rm -f "$p"
  from=0
fi
# A line of seven words, then that of the file system.
set -- $(df -Pk .)
if [ $((\${11} - ${SPARE_KIB})) -lt $(((${sizeBytes} - from) / 1024)) ]; then
  echo "no-room $((\${11} * 1024)) \${13}"
  exit 1
fi
echo "from $from"
head -c $((${sizeBytes} - from)) >>"$p" || exit 1
if ! is_right "$p"; then
  if [ "$(stat -c %s "$p")" -lt ${sizeBytes} ]; then
    echo cut
    exit 1
  fi
  rm -f "$p"
  echo mismatch
  exit 1
fi
mv -f "$p" "$n" && stat -c 'as %d:%i:%s:%z' "$n" && echo copied
`;
}

/** How a file was when its digest was right, of what `putScript` says. */
export function seenAsOf(said: string): string | undefined {
  return /^as (.+)$/m.exec(said)?.[1];
}

/**
 * A file as it was when its digest was taken: device, number, size and time of its last change, which nobody can set. While these are the same, so is
 * what is in it.
 */
export interface SeenFile {
  readonly as: string;
  readonly sha256: string;
}

/** SHA-256 of the files of a folder that are there; of those that are as they were seen, that alone is said. */
export function digestsScript(folder: string, names: readonly string[], seen: ReadonlyMap<string, SeenFile>): string {
  const known = names.flatMap((name) => {
    const as = seen.get(`${folder}/${name}`)?.as;
    return as === undefined ? [] : [`  ${shellWord(`${as} ${name}`)}) echo "same $n" ;;\n`];
  });
  return `cd ${shellWord(folder)} 2>/dev/null || exit 0
stat -c '%d:%i:%s:%z %n' ${names.map((name) => shellWord(`./${name}`)).join(' ')} 2>/dev/null | while IFS= read -r line; do
  n=\${line#* ./}
  [ -f "$n" ] || continue
  case \${line%% ./*}' '$n in
${known.join('')}  *) sha256sum <"$n" | { read -r sum rest && echo "$sum \${line%% ./*} $n"; } ;;
  esac
done
`;
}

/** Digests by name, as `digestsScript` tells them; `seen` has what was known of the paths, and what is known afterwards. */
export function parseDigests(
  text: string,
  folder: string,
  names: readonly string[],
  seen: Map<string, SeenFile>,
): Record<string, string> {
  const known = new Set(names);
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name] = /^same (.+)$/.exec(line) ?? [];
    const before = seen.get(`${folder}/${name}`);
    if (name !== undefined && before) {
      found[name] = before.sha256;
      continue;
    }
    const match = /^([0-9a-f]{64}) (\d+:\d+:\d+:\S+ \S+ \S+) (.+)$/.exec(line);
    const [, sha256 = '', as = '', digested = ''] = match ?? [];
    if (!known.has(digested)) continue;
    found[digested] = sha256;
    remember(seen, `${folder}/${digested}`, { as, sha256 });
  }
  return found;
}
