import { GUARDED } from '../guardScript.ts';
import type { LocalFile } from '../NodePort.ts';
import { shellWord, shellWords } from '../../../core/model/shellWords.ts';

/** Room that is left free on a file system of a node, in KiB. */
const SPARE_KIB = 1024;

/** From so many bytes on `openssl`, where a node has it, has their digest sooner than `sha256sum`, which few systems build for the processor's own instructions. */
const LARGE_BYTES = 1024 * 1024;

/** Files of a node that are remembered by how they were. */
const MOST_SEEN = 512;

/** Remembers a file as it is now; of too many the one that was remembered first is forgotten. */
export function remember(seen: Map<string, SeenFile>, path: string, file: SeenFile): void {
  seen.delete(path);
  seen.set(path, file);
  const [oldest] = seen.keys();
  if (seen.size > MOST_SEEN && oldest !== undefined) seen.delete(oldest);
}

/** Where a file is taken into, from where an earlier try ended. */
const partOf = ({ name, sha256 }: LocalFile): string => `.${name}.${sha256.slice(0, 12)}.part`;

/**
 * Takes files by the standard input, one after the other, as many bytes of each as are missing: into part files, from where an earlier try ended; their digests
 * are checked, then they are renamed. It says of each file whether it is `there` or `from` where it is missing, then `go`; at the end how each one is now. Room is looked for
 * before anything is taken. By the shell and not by SFTP: so it works with the rights that sudo gives as well, and where the subsystem is switched off.
 */
export function putScript(files: readonly LocalFile[], folder: string, seen: ReadonlyMap<string, SeenFile>): string {
  const asked = files.map((file, i) => {
    const { name, sizeBytes, sha256 } = file;
    const known = seen.get(`${folder}/${name}`);
    const words = [`./${name}`, String(sizeBytes), sha256, partOf(file), known?.sha256 === sha256 ? known.as : ''];
    return `ask ${i} ${shellWords(words)}; from${i}=$from\n`;
  });
  const taken = files.map(
    (file, i) => `[ -z "$from${i}" ] || take ${shellWord(partOf(file))} "$from${i}" ${file.sizeBytes} || exit 1\n`,
  );
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const parts = files.map((file, i) => `[ -z "$from${i}" ] || set -- "$@" ${shellWord(partOf(file))}\n`);
  const settled = files.map((file, i) => {
    const words = shellWords([`./${file.name}`, String(file.sizeBytes), file.sha256, partOf(file)]);
    return `[ -z "$from${i}" ] || { settle ${i} ${words}; set -- "$@" ${shellWord(`./${file.name}`)}; }\n`;
  });
  return `umask 022
f=${shellWord(folder)}
[ -d "$f" ] || mkdir -p "$f"
cd "$f" || exit 1
free=
any=
ask() {
  from=
  if [ -f "$2" ]; then
    now=$(stat -L -c '%d:%i:%s:%z' "$2")
    [ "$now" != "$6" ] || { echo "there $1"; return; }
    bytes=\${now#*:*:}
    if [ "\${bytes%%:*}" = "$3" ] && sum=$(sha256sum <"$2") && [ "\${sum%% *}" = "$4" ]; then
      echo "as $1 $now"
      echo "there $1"
      return
    fi
  fi
  from=0
  any=1
  [ ! -f "$5" ] || from=$(stat -c %s "$5")
  if [ "$from" -gt "$3" ]; then
    rm -f "$5"
    from=0
  fi
  i=$1
  bytes=$3
  if [ -z "$free" ]; then
    # A line of seven words, then that of the file system.
    set -- $(df -Pk .)
    free=\${11}
    mount=\${13}
  fi
  needed=$(((bytes - from) / 1024))
  if [ $((free - ${SPARE_KIB})) -lt $needed ]; then
    echo "no-room $i $((free * 1024)) $mount"
    exit 1
  fi
  free=$((free - needed))
  echo "from $i $from"
}
# By large blocks where dd knows how; one that does not has taken nothing.
take() {
  dd bs=64k iflag=fullblock,count_bytes count=$(($3 - $2)) status=none >>"$1" ||
    { [ "$(stat -c %s "$1")" = "$2" ] && head -c $(($3 - $2)) >>"$1"; }
}
settle() {
  line=\${sums%%"
"*}
  sums=\${sums#*"
"}
  # A name with a backslash in it has one before its digest.
  line=\${line#\\\\}
  if [ "\${line%% *}" != "$4" ]; then
    [ "$(stat -c %s "$5")" -ge "$3" ] || { echo "cut $1"; exit 1; }
    rm -f "$5"
    echo "mismatch $1"
    exit 1
  fi
  mv -f "$5" "$2" || exit 1
  echo "copied $1"
}
${asked.join('')}[ -n "$any" ] || exit 0
echo go
${taken.join('')}set --
${parts.join('')}sums=
${bytes < LARGE_BYTES ? '' : 'command -v openssl >/dev/null && sums=$(openssl dgst -sha256 -r "$@" 2>/dev/null)\n'}[ -n "$sums" ] || sums=$(sha256sum "$@") || exit 1
sums="$sums
"
set --
${settled.join('')}stat -L -c 'as %n %d:%i:%s:%z' "$@"
`;
}

/** Removes packages of a folder, and parts of them, except those named and what a guard of any job may go back to; says the name of each, a line each. */
export function tidyScript(folder: string, keep: readonly string[]): string {
  const kept = keep.flatMap((name) => [shellWord(name), `${shellWord(`.${name}.`)}*.part`]);
  return `cd ${shellWord(folder)} 2>/dev/null || exit 0
${GUARDED}for file in *.rpm .*.rpm.*.part; do
  [ -f "$file" ] && [ ! -h "$file" ] || continue
${
  kept.length === 0
    ? ''
    : `  case "$file" in ${kept.join(' | ')}) continue ;; esac
`
}  guarded "./$file" "$@" && continue
  rm -f "./$file" || exit 1
  printf '%s\\n' "$file"
done
`;
}

/** The names that `tidyScript` said. */
export function parseTidied(said: string): readonly string[] {
  return said.split('\n').filter((name) => name !== '');
}

/** How the files are that were brought, by their numbers; of what `putScript` says. */
export function seenAsOf(said: string, files: readonly LocalFile[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [, of = '', as = ''] of said.matchAll(/^as (.+) (\d+:\d+:\d+:\S+ \S+ \S+)$/gm)) {
    const i = of.startsWith('./') ? files.findIndex(({ name }) => `./${name}` === of) : Number(of);
    found.set(i, as);
  }
  return found;
}

/**
 * A file as it was when its digest was taken: device, number, size and time of its last change, which nobody can set. While these are the same, so is
 * what is in it.
 */
export interface SeenFile {
  readonly as: string;
  readonly sha256: string;
}

/** Paths of files of a folder, as words of the shell. */
export function pathWords(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => shellWord(`${folder}/${name}`));
}

/** SHA-256 of the files of a folder that were looked at (`put_files`) and are there; of those that are as they were seen, that alone is said. */
export function digestsPart(folder: string, names: readonly string[], seen: ReadonlyMap<string, SeenFile>): string {
  const known = names.flatMap((name) => {
    const as = seen.get(`${folder}/${name}`)?.as;
    return as === undefined ? [] : [`  ${shellWord(`${as} ${name}`)}) put_add "same $put_name" ;;\n`];
  });
  return `put_folder=${shellWord(folder)}/
set -f
IFS=$put_end
for put_line in $put_files; do
  put_name=\${put_line#* "$put_folder"}
  put_is=\${put_line%% "$put_folder"*}
  [ -f "$put_folder$put_name" ] || continue
  case "$put_is $put_name" in
${known.join('')}  *) put_sum=$(sha256sum <"$put_folder$put_name") && put_add "\${put_sum%% *} $put_is $put_name" ;;
  esac
done
unset IFS
set +f`;
}

/** Digests by name, as `digestsPart` tells them; `seen` has what was known of the paths, and what is known afterwards. */
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
