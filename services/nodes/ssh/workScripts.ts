import { cleanGuards } from '../guardScript.ts';
import { KEEP_LOGS } from '../keptLogs.ts';
import type { NodeCommand, WorkKey } from '../NodePort.ts';
import { commandScript } from './commandScript.ts';
import { READ_BOOT } from './questions.ts';
import { shellWord } from '../../../core/model/shellWords.ts';

/*
 * What runs on a node for detached work: POSIX shell and coreutils, nothing else. A job has a folder there, and a piece of its work files of one name in it, with
 *   run.PID the script that does it, in a session of its own (setsid), so that its process group can be told from others. What leaves nothing behind needs none: it is
 *           done beside the shell that began it and in its group, where that is the shell's own and no terminal can end it;
 *   owner   PID:START:BOOT of the process that does it, made once and never replaced: whoever makes it does the work. The start time and the boot tell a
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

/** How long folders of work, and of guards that are over, are kept on a node. */
const KEPT_DAYS = 30;

const named = (text: string): string =>
  text.replace(/[^A-Za-z0-9_-]/g, (sign) => `=${sign.codePointAt(0)?.toString(16)};`);

/** Where the files of a piece of work are: a path without its end; `~` is the home of the user. */
export function workPathOf(asRoot: boolean, { jobId, stepId, attempt, part }: WorkKey): string {
  return `${asRoot ? ROOT_FOLDER : HOME_FOLDER}/${named(jobId)}/${named(stepId)}.${attempt}${part === undefined ? '' : `.${named(part)}`}`;
}

const pathWord = (path: string): string =>
  path.startsWith('~/') ? `"$HOME"/${shellWord(path.slice(2))}` : shellWord(path);

/**
 * Functions that every script of work begins with; `put_p` is what the paths of its files begin with. Names as in `questions.ts`, since the shell that starts work goes
 * on after it.
 */
const functions = (path: string): string => `
put_d=${pathWord(path)}
put_p=$put_d:
put_owner_boot=
[ ! -e "$put_d/owner" ] || put_p=$put_d/
${READ_BOOT}
put_started_of() {
  { read -r put_s <"/proc/$1/stat"; } 2>/dev/null || return 1
  put_s=\${put_s##*) }
  set -- $put_s
  case $1 in Z | X) return 1 ;; esac
  shift 19
  echo "$1"
}
put_read_owner() {
  { IFS=: read -r put_pid put_start put_owner_boot <"$put_p"owner; } 2>/dev/null && [ -n "$put_owner_boot" ]
}
put_running() {
  [ "$put_owner_boot" = "$put_boot" ] || return 1
  if [ -e "/proc/$put_pid/stat" ]; then [ "$(put_started_of "$put_pid")" = "$put_start" ]
  else kill -s 0 -- "-$put_pid" 2>/dev/null
  fi
}
put_ended() {
  { read -r put_exit put_mark <"$put_p"end; } 2>/dev/null && [ "$put_mark" = . ]
}
put_log_bytes() {
  { wc -c <"$put_p"log; } 2>/dev/null || echo 0
}
`;

/** Tells the end of the work on the error output; what was written before is on the standard output. */
const tellEnd = (nonce: string): string => `
if put_ended; then echo "${nonce} ended $put_exit $(put_log_bytes)" >&2
elif [ "$put_owner_boot" != "$put_boot" ]; then echo "${nonce} gone" >&2
elif put_running; then echo "${nonce} goes-on" >&2
else echo "${nonce} ended killed $(put_log_bytes)" >&2
fi
`;

/** Passes the log on as it comes; `put_pid` does the work. */
const FOLLOWED = `  tail -c +1 -f -s 0.05 --pid=$put_pid "$put_p"log </dev/null && put_told=1
  wait $put_pid
  put_read_owner`;
/** Passes the log on once the work has ended. */
const AWAITED = `  wait $put_pid
  if put_read_owner && put_ended; then
    [ ! -s "$put_p"log ] || cat "$put_p"log
    put_told=1
  fi`;

/**
 * Starts a command unless it was started before under the same key, and goes on with its log to its end: as it comes where that is wanted (`live`), otherwise
 * once it has ended, which is told at once and needs no process that follows. `cleans`: what jobs of long ago left is taken away beside it. The script
 * needs no shell of its own (`ScriptIo.inShell`).
 */
export function startScript(path: string, command: NodeCommand, nonce: string, cleans: boolean): string {
  const { input, live, leavesNothing = false } = command;
  const run = `trap : HUP INT TERM
read -r put_s </proc/self/stat
put_pid=\${put_s%% *}
set -- \${put_s##*) }
shift 19
set -C
if ! { echo "$put_pid:$1:$put_boot" >"$put_p"owner; } 2>/dev/null; then
  echo "${nonce} there" >&2
  exit 0
fi
set +C
echo "${nonce} started" >&2
exec >>"$put_p"log 2>&1 </dev/null
printf '%32s\\n' '' >"$put_p"end
cd /
# The command's files are not ours.
umask 022
${commandScript(command, input === undefined ? undefined : '"$put_p"input')}
printf '%s .\\n' "$?" 1<>"$put_p"end
`;
  // A file that cannot be written ends a shell where `:` is to write it; printf has it told.
  return `${functions(path)}
${leavesNothing ? '' : KEEP_LOGS}
put_told=
# Nothing can be written: how many KiB its file system has left tells a full one from others, whatever the shell calls it.
put_fault() {
  while [ -n "$put_d" ] && [ ! -e "$put_d" ]; do put_d=\${put_d%/*}; done
  set -- $(df -Pk "\${put_d:-/}" 2>/dev/null | tail -n 1)
  echo "${nonce} fault $4 $6" >&2
  return 1
}
put_begin() {
  [ -d "\${put_d%/*}" ] || mkdir -p "\${put_d%/*}" || return 1
  if put_read_owner && [ "$put_owner_boot" != "$put_boot" ] && ! put_ended; then
    if [ "$put_p" = "$put_d/" ]; then mv "$put_d" "$put_d.lost.$put_owner_boot"
    else
      for put_f in owner log end input; do
        [ ! -e "$put_p$put_f" ] || mv "$put_p$put_f" "$put_d.lost.$put_owner_boot:$put_f"
      done
    fi
    put_p=$put_d:
  fi
  if put_read_owner; then
    echo "${nonce} there" >&2
    return 0
  fi
  put_p=$put_d:
  # It may be about to be written: two names of one machine have one folder. One that is busy takes its time for that.
  if [ -e "$put_p"owner ]; then
    for put_f in 1 2 3 4 5 6 7 8 9 10; do
      sleep 1
      if put_read_owner; then
        echo "${nonce} there" >&2
        return 0
      fi
    done
    rm -f "$put_p"owner
  fi
  printf '' >>"$put_p"log || return 1
  ${input === undefined ? '' : `printf %s ${shellWord(input)} >"$put_p"input || return 1`}
  put_run=${shellWord(run)}
  read -r put_s <"/proc/$$/stat"
  set -- \${put_s##*) }
  # Its process group, and its terminal.
  if [ "${leavesNothing ? 1 : 0} $3 $5" = "1 $$ 0" ]; then (eval "$put_run") </dev/null >/dev/null &
  else
    printf 'put_p=%s\\nput_boot=%s\\n%s' ${shellWord(pathWord(path))}: "$put_boot" "$put_run" >"$put_p"run.$$ || return 1
    setsid /bin/sh "$put_p"run.$$ </dev/null >/dev/null &
  fi
  put_pid=$!
  ${leavesNothing ? '' : 'put_keep_logs "${put_d%/*/*}"'}
  ${cleans ? `{ find "\${put_d%/*/*}" -mindepth 1 -maxdepth 1 -mtime +${KEPT_DAYS} -exec rm -rf {} +; ${cleanGuards(KEPT_DAYS)}; } </dev/null >/dev/null 2>&1 &` : ''}
${live ? FOLLOWED : AWAITED}
  return 0
}
# The files of the work are nobody else's.
umask 077
put_begin
put_begun=$?
umask 022
if [ $put_begun != 0 ]; then put_fault
# All of the log was passed on.
elif [ -n "$put_told" ] && put_ended; then echo "${nonce} ended $put_exit -" >&2
else
  if [ -z "$put_told" ]; then
${followBody(0)}
  fi
${tellEnd(nonce)}
fi`;
}

const followBody = (fromOffset: number): string => `
if put_ended || ! put_running; then tail -c +${fromOffset + 1} "$put_p"log 2>/dev/null
else
  tail -c +${fromOffset + 1} -f -s 0.1 --pid="$put_pid" "$put_p"log </dev/null
  while ! put_ended && put_running; do sleep 0.5; done
fi
`;

/** A script about work that is there, which tells its end after what it does; where there is none, that. */
const ofWork = (path: string, nonce: string, body: string): string => `${functions(path)}
if ! put_read_owner; then
  echo "${nonce} gone" >&2
  exit 0
fi
${body}
${tellEnd(nonce)}`;

/** Writes the log from an offset on, until the work ends. */
export function followScript(path: string, fromOffset: number, nonce: string): string {
  return ofWork(path, nonce, followBody(fromOffset));
}

/** Waits for the end of the work and tells it. */
export function endScript(path: string, nonce: string): string {
  return ofWork(
    path,
    nonce,
    `while ! put_ended && put_running; do
  tail -f -s 0.5 --pid="$put_pid" /dev/null </dev/null
  sleep 0.1
done`,
  );
}

/** Writes so many bytes of the log from an offset on. */
export function logPartScript(path: string, fromOffset: number, bytes: number): string {
  return `${functions(path)}
tail -c +${fromOffset + 1} "$put_p"log | head -c ${bytes}`;
}

/** The logs of the node are looked at at once, since this one grows fast, and seen to from now on (`keptLogs.ts`). */
export function boundScript(path: string): string {
  return `put_d=${pathWord(path)}
${KEEP_LOGS}
put_keep_logs "\${put_d%/*/*}" 0`;
}

/** Part of a script (`questions.ts`) that tells what a piece of work is doing. */
export function lookPart(path: string): string {
  const place = pathWord(path);
  return `if [ -e ${place}:owner ] || [ -e ${place}/owner ]; then
put_flush
(
${functions(path)}
if ! put_read_owner; then echo absent
elif put_ended; then echo "ended $put_exit $(put_log_bytes)"
elif put_running; then echo running $(stat -c '%Y %s' "$put_p"owner "$put_p"log) $(date +%s)
elif [ "$put_owner_boot" != "$put_boot" ]; then echo absent
else echo "ended killed $(put_log_bytes)"
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
if ! put_read_owner || put_ended || ! put_running; then
  echo was-over
  exit 0
fi
put_group=$put_pid
if { read -r s <"/proc/$put_pid/stat"; } 2>/dev/null; then
  set -- \${s##*) }
  put_group=$3
fi
group() { kill -s "$1" -- "-$put_group" 2>/dev/null; }
wait_while() {
  n=0
  while "$2"; do
    [ $n -lt $1 ] || return 1
    n=$((n + 1))
    sleep 0.1
  done
}
# What has ended and is not yet waited for by whoever began it is over.
lasts() {
  if [ "$put_group" = "$put_pid" ]; then
    group 0 && { put_running || [ ! -e "/proc/$put_pid/stat" ]; }
    return
  fi
  for f in /proc/[0-9]*/stat; do
    { read -r s <"$f"; } 2>/dev/null || continue
    set -- \${s##*) }
    [ "$3" = "$put_group" ] || continue
    case $1 in Z | X) ;; *) return 0 ;; esac
  done
  return 1
}
rpm_of_group() {
  for f in /proc/[0-9]*/stat; do
    { read -r s <"$f"; } 2>/dev/null || continue
    one=\${s%% *}
    c=\${s#*(}
    [ "\${c%)*}" = rpm ] || continue
    set -- \${s##*) }
    [ "$2 $3" = "$put_pid $put_group" ] && echo "$one" && return
  done
}
rpm_pid=$(rpm_of_group)
if [ -z "$rpm_pid" ]; then group TERM
else
  kill -s TERM "$rpm_pid"
  # The shell that began it is of the group too, and ends after it.
  [ "$put_group" = "$put_pid" ] || { wait_while ${STOP_PATIENCE_S * 10} put_running; group TERM; }
fi
wait_while ${STOP_PATIENCE_S * 10} lasts || { group KILL; wait_while 50 lasts; }
if [ $? = 0 ]; then echo stopped; else echo not-confirmed; fi
`;
}
