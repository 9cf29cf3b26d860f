import type { NodeCommand, WorkKey } from '../NodePort.ts';
import { commandScript } from './commandScript.ts';
import { shellWord } from './shellWords.ts';

/*
 * What runs on a node for detached work: POSIX shell and coreutils, nothing else. A job has a folder there, and a piece of its work files of one name in it, with
 *   run.PID the script that does it, in a session of its own (setsid), so that its process group can be told from others;
 *   owner   PID:START:BOOT of that session's leader, made once and never replaced: whoever makes it does the work. The start time and the boot tell a
 *           number that was given anew from the process that had it before;
 *   log     what the command wrote;
 *   end     its exit status with a full stop behind it, written over bytes that are there before the work begins: a full disk loses no end.
 * A process costs more than all else here, so that what a shell can do by itself is done so. A putservices of before gave each piece of work a folder with these
 * files: what it began is found there.
 */

/** Where the folders of work are: with the rights of root, and without them in the user's home. */
const ROOT_FOLDER = '/var/lib/put/work';
const HOME_FOLDER = '~/.put/work';

/** Time for a command that was told to end, before it is killed, in s: rpm ends a transaction that it has begun. */
const STOP_PATIENCE_S = 20;

/** How long folders of work are kept on a node. */
const KEPT_DAYS = 30;

const named = (text: string): string =>
  text.replace(/[^A-Za-z0-9_-]/g, (sign) => `=${sign.codePointAt(0)?.toString(16)};`);

/** Where the files of a piece of work are: a path without its end; `~` is the home of the user. */
export function workPathOf(asRoot: boolean, { jobId, stepId, attempt, part }: WorkKey): string {
  return `${asRoot ? ROOT_FOLDER : HOME_FOLDER}/${named(jobId)}/${named(stepId)}.${attempt}${part === undefined ? '' : `.${named(part)}`}`;
}

const pathWord = (path: string): string =>
  path.startsWith('~/') ? `"$HOME"/${shellWord(path.slice(2))}` : shellWord(path);

/** Functions that every script of work begins with; `p` is what the paths of its files begin with. */
const functions = (path: string): string => `
d=${pathWord(path)}
p=$d:
[ ! -e "$d/owner" ] || p=$d/
read -r boot </proc/sys/kernel/random/boot_id
started_of() {
  { read -r s <"/proc/$1/stat"; } 2>/dev/null || return 1
  s=\${s##*) }
  set -- $s
  case $1 in Z | X) return 1 ;; esac
  shift 19
  echo "$1"
}
read_owner() {
  { IFS=: read -r pid start owner_boot <"$p"owner; } 2>/dev/null && [ -n "$owner_boot" ]
}
running() {
  [ "$owner_boot" = "$boot" ] || return 1
  if [ -e "/proc/$pid/stat" ]; then [ "$(started_of "$pid")" = "$start" ]; else kill -s 0 -- "-$pid" 2>/dev/null; fi
}
ended() {
  { read -r code mark <"$p"end; } 2>/dev/null && [ "$mark" = . ]
}
log_bytes() {
  { wc -c <"$p"log; } 2>/dev/null || echo 0
}
`;

/** Tells the end of the work on the error output; what was written before is on the standard output. */
const tellEnd = (nonce: string): string => `
if ended; then echo "${nonce} ended $code $(log_bytes)" >&2
elif [ "$owner_boot" != "$boot" ]; then echo "${nonce} gone" >&2
elif running; then echo "${nonce} goes-on" >&2
else echo "${nonce} ended killed $(log_bytes)" >&2
fi
`;

/** Passes the log on as it comes; `pid` does the work. */
const FOLLOWED = `  tail -c +1 -f -s 0.05 --pid=$pid "$p"log </dev/null && told=1
  read_owner`;
/** Passes the log on once the work has ended. */
const AWAITED = `  wait $pid
  if read_owner && ended; then
    [ ! -s "$p"log ] || cat "$p"log
    told=1
  fi`;

/**
 * Starts a command unless it was started before under the same key, and goes on with its log to its end: as it comes where that is wanted (`live`), otherwise
 * once it has ended, which is told at once and needs no process that follows. `cleans`: folders of jobs that ended long ago are taken away beside it.
 */
export function startScript(path: string, command: NodeCommand, nonce: string, cleans: boolean): string {
  const { input, live } = command;
  const run = `p=${pathWord(path)}:
trap : HUP INT TERM
read -r s </proc/$$/stat
s=\${s##*) }
set -- $s
shift 19
read -r boot </proc/sys/kernel/random/boot_id
set -C
if ! { echo "$$:$1:$boot" >"$p"owner; } 2>/dev/null; then
  echo "${nonce} there" >&2
  exit 0
fi
set +C
echo "${nonce} started" >&2
exec >>"$p"log 2>&1 </dev/null
printf '%32s\\n' '' >"$p"end
cd /
${commandScript(command, input === undefined ? undefined : '"$p"input')}
printf '%s .\\n' "$?" 1<>"$p"end
`;
  return `${functions(path)}
umask 077
told=
# Nothing can be written: how many KiB its file system has left tells a full one from others, whatever the shell calls it.
fault() {
  while [ -n "$d" ] && [ ! -e "$d" ]; do d=\${d%/*}; done
  set -- $(df -Pk "\${d:-/}" 2>/dev/null | tail -n 1)
  echo "${nonce} fault $4 $6" >&2
  exit 1
}
[ -d "\${d%/*}" ] || mkdir -p "\${d%/*}" || fault
if read_owner && [ "$owner_boot" != "$boot" ] && ! ended; then
  if [ "$p" = "$d/" ]; then mv "$d" "$d.lost.$owner_boot"
  else for f in owner log end input; do [ ! -e "$p$f" ] || mv "$p$f" "$d.lost.$owner_boot:$f"; done
  fi
  p=$d:
fi
if read_owner; then
  echo "${nonce} there" >&2
else
  p=$d:
  # It may be about to be written: two names of one machine have one folder.
  [ ! -e "$p"owner ] || { sleep 1; read_owner || rm -f "$p"owner; }
  : >>"$p"log || fault
  ${input === undefined ? '' : `printf %s ${shellWord(input)} >"$p"input || fault`}
  printf %s ${shellWord(run)} >"$p"run.$$ || fault
  setsid sh "$p"run.$$ </dev/null >/dev/null &
  pid=$!
  ${cleans ? `find "\${d%/*/*}" -mindepth 1 -maxdepth 1 -mtime +${KEPT_DAYS} -exec rm -rf {} + </dev/null >/dev/null 2>&1 &` : ''}
${live ? FOLLOWED : AWAITED}
fi
if [ -n "$told" ] && ended; then
  # All of the log was passed on.
  echo "${nonce} ended $code -" >&2
  exit 0
fi
if [ -z "$told" ]; then
${followBody(0)}
fi
${tellEnd(nonce)}`;
}

const followBody = (fromOffset: number): string => `
if ended || ! running; then tail -c +${fromOffset + 1} "$p"log 2>/dev/null
else
  tail -c +${fromOffset + 1} -f -s 0.1 --pid="$pid" "$p"log </dev/null
  while ! ended && running; do sleep 0.5; done
fi
`;

/** Writes the log from an offset on, until the work ends. */
export function followScript(path: string, fromOffset: number, nonce: string): string {
  return `${functions(path)}
if ! read_owner; then
  echo "${nonce} gone" >&2
  exit 0
fi
${followBody(fromOffset)}
${tellEnd(nonce)}`;
}

/** Part of a script (`questions.ts`) that tells what a piece of work is doing. */
export function lookPart(path: string): string {
  const place = pathWord(path);
  return `if [ -e ${place}:owner ] || [ -e ${place}/owner ]; then
put_flush
(
${functions(path)}
if ! read_owner; then echo absent
elif ended; then echo "ended $code $(log_bytes)"
elif running; then echo running $(stat -c '%Y %s' "$p"owner "$p"log) $(date +%s)
elif [ "$owner_boot" != "$boot" ]; then echo absent
else echo "ended killed $(log_bytes)"
fi
)
else put_add absent
fi`;
}

/**
 * Ends the process group of a piece of work, and tells whether it has ended. Where the work is rpm, rpm alone is told first: it ends what it has begun, and a
 * scriptlet that were told too would be cut off under a package that is installed all the same.
 */
export function stopScript(path: string): string {
  return `${functions(path)}
if ! read_owner || ended || ! running; then
  echo was-over
  exit 0
fi
group() { kill -s "$1" -- "-$pid" 2>/dev/null; }
wait_for_end() {
  n=0
  while group 0 && { running || [ ! -e "/proc/$pid/stat" ]; }; do
    [ $n -lt $1 ] || return 1
    n=$((n + 1))
    sleep 0.1
  done
}
rpm_of_group() {
  for f in /proc/[0-9]*/stat; do
    { read -r s <"$f"; } 2>/dev/null || continue
    one=\${s%% *}
    c=\${s#*(}
    [ "\${c%)*}" = rpm ] || continue
    set -- \${s##*) }
    [ "$2 $3" = "$pid $pid" ] && echo "$one" && return
  done
}
rpm_pid=$(rpm_of_group)
if [ -n "$rpm_pid" ]; then kill -s TERM "$rpm_pid"; else group TERM; fi
wait_for_end ${STOP_PATIENCE_S * 10} || { group KILL; wait_for_end 50; }
if [ $? = 0 ]; then echo stopped; else echo not-confirmed; fi
`;
}
