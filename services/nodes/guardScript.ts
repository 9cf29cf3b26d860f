import { KEEP_LOGS } from './keptLogs.ts';
import { LOG_FIRST_BYTES, LOG_LAST_BYTES } from './NodePort.ts';

/*
 * The dead-man on a node: POSIX shell, coreutils and rpm, nothing else. Its folder has
 *   deadline   when it goes back, in s by the node's own clock;
 *   files      a line for each former build: its name, NAME-VERSION-RELEASE.ARCH, and the kept file;
 *   erase-first, erase   builds that are erased before and after those come back, a line each;
 *   stop, start   commands of the service, where there is one;
 *   reboot     builds that come into force, or go out of it, only by a reboot, a line each; boot, the boot that the node was in when it was armed;
 *   decided    a link whose target says what became of it, `confirmed` or `back`: made once, whole or not at all, so that only one of both can be;
 *   log, went-back   what going back said, and how it ended.
 */

/** What a guard is told when it is armed. */
export interface GuardOrder {
  /** Job id. */
  readonly job: string;
  /** Time in which it has to be confirmed. */
  readonly seconds: number;
  /** Former builds with their kept files. */
  readonly files: readonly { readonly name: string; readonly build: string; readonly path: string }[];
  /** Builds that are new, `name-version-release.arch`: those that took others away, and the others. */
  readonly eraseFirst: readonly string[];
  readonly erase: readonly string[];
  /** Builds for which the node is rebooted once they are gone again, where it was booted with them. */
  readonly reboot?: readonly string[] | undefined;
  /** Commands of the service as a shell reads them. */
  readonly stop?: string | undefined;
  readonly start?: string | undefined;
}

export type GuardAction = 'arm' | 'confirm' | 'look';

const named = (job: string): string => job.replace(/[^A-Za-z0-9_-]/g, '_');
/** Where guards have their folders on a node; `PUT_GUARD_ROOT` stands in for the place in tests. */
const ROOT = '"${PUT_GUARD_ROOT:-/var/lib/put/guard}"';
const place = (job: string): string => `job=${named(job)}
d=${ROOT}/$job
`;

/**
 * For a script that removes packages: `guarded FILE "$@"` tells whether a guard that may still go back, of whichever job, takes that file. Lists what
 * guards go back to as the arguments of the script.
 */
export const GUARDED = `set --
for d in ${ROOT}/*; do
  [ -e "$d/deadline" ] && [ ! -e "$d/went-back" ] && [ "$(readlink "$d/decided")" != confirmed ] || continue
  set -- "$@" "$d/files"
done
guarded() {
  removed=$1
  shift
  for list; do
    while read -r _ _ file_of_guard; do
      [ "$file_of_guard" -ef "$removed" ] && return 0
    done <"$list"
  done
  return 1
}
`;

/** Takes the unit of the guard `$job` away. */
const REMOVE_UNIT = `unit="put-guard-$job.service"
if [ -e "/etc/systemd/system/$unit" ]; then
  systemctl disable "$unit"
  rm -f "/etc/systemd/system/$unit"
  systemctl daemon-reload
fi`;

/**
 * Takes the guards away that were confirmed or went back so many days ago, and those that died with their boot and would have gone back then: their folders, and
 * the units that nobody took away. One that may still go back stays, however old it is. Ends no shell; its output is nobody's.
 */
export function cleanGuards(days: number): string {
  return `(
cd ${ROOT} || exit 0
for job in *; do
  d=$PWD/$job
  [ -d "$d" ] && [ -n "$(find "$d" -maxdepth 0 -mtime +${days})" ] || continue
  if [ ! -e "$d/went-back" ] && [ "$(readlink "$d/decided")" != confirmed ]; then
    read -r how <"$d/armed" || how=none
    read -r due <"$d/deadline" || due=0
    [ "$how" != systemd ] && [ $((due + ${days * 24 * 3600})) -lt "$(date +%s)" ] || continue
  fi
  ${REMOVE_UNIT}
  rm -rf "$d"
done
)`;
}

const MARK = '# put-guard ';

/** The first line of each script says to practice nodes, which have no shell, what it does. */
function marked(action: GuardAction, order: object): string {
  return `${MARK}${JSON.stringify({ action, ...order })}\n`;
}

/** What a script of this file does; undefined for any other text. */
export function readGuardScript(
  input: string | undefined,
): (GuardOrder & { readonly action: GuardAction }) | undefined {
  if (input?.startsWith(MARK) !== true) return undefined;
  return JSON.parse(input.slice(MARK.length, input.indexOf('\n'))) as GuardOrder & { action: GuardAction };
}

function hereDocument(file: string, lines: readonly string[]): string {
  return `cat >"$d/${file}" <<'END-OF-LINES' || exit 1\n${lines.map((line) => `${line}\n`).join('')}END-OF-LINES\n`;
}

/** Waits for its time and goes back, unless that was decided otherwise. Begun again after a boot, it goes on where it was. */
const GUARD = `#!/bin/sh
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
d=$1
read -r due <"$d/deadline" || exit 1
while [ "$(date +%s)" -lt "$due" ]; do
  [ -L "$d/decided" ] && break
  # Its folder is gone, and with it what there was to go back to.
  [ -e "$d/deadline" ] || exit 0
  sleep 1
done
ln -s back "$d/decided" 2>/dev/null
[ "$(readlink "$d/decided")" = back ] || exit 0
[ -e "$d/went-back" ] && exit 0
# Somebody else's transaction holds the lock of rpm: it is waited for, half an hour at most. Where rpm itself waits, and that without end, it is ended
# then: one that has the lock never is, since its transaction has begun.
most=\${PUT_GUARD_LOCK_S:-1800}
has_lock() {
  while read -r _ kind _ how pid _; do
    [ "$kind $how $pid" = "POSIX WRITE $1" ] && return 0
  done 2>/dev/null </proc/locks
  return 1
}
limited() {
  rpm "$@" &
  rpm=$!
  (
    # What reads the output of rpm does not wait for this.
    exec >/dev/null 2>&1
    left=$((most - waited))
    while [ $left -gt 0 ]; do left=$((left - 1)); sleep 1; done
    has_lock $rpm || kill $rpm
  ) &
  watch=$!
  wait $rpm
  code=$?
  kill $watch 2>/dev/null
  [ $code -ne 143 ] || echo "rpm waited $most s for its lock and was ended"
  return $code
}
change() {
  waited=0
  while :; do
    # Of what a scriptlet says without end, the end: it is in the memory of this shell. What comes before is read, so that rpm is not ended by it.
    said=$({ limited "$@" 2>&1; echo "code $?"; } | tail -c 65536)
    code=\${said##*code }
    said=\${said%code *}
    case $code in '' | *[!0-9]*) code=1 ;; esac
    [ $code -ne 0 ] && [ $waited -lt $most ] || break
    case $said in *"can't create transaction lock"*) ;; *) break ;; esac
    [ $waited -gt 0 ] || echo "another transaction holds the lock of rpm: waiting"
    waited=$((waited + 1))
    sleep 1
  done
  printf %s "$said"
  return $code
}
build_of() { rpm -q --qf '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n' "$1" 2>/dev/null; }
erase() {
  while read -r build; do
    [ -z "$build" ] || ! rpm -q "$build" >/dev/null 2>&1 || change -e $2 "$build" || bad=1
  done <"$1"
}
bad=0
umask 022
${KEEP_LOGS}
put_keep_logs "\${d%/*}" 1
{
  echo "not confirmed in time: going back"
  [ ! -s "$d/stop" ] || sh "$d/stop"
  erase "$d/erase-first" --nodeps
  set --
  while read -r name build file; do
    [ -z "$name" ] || [ "$(build_of "$name")" = "$build" ] || set -- "$@" "$file"
  done <"$d/files"
  [ $# -eq 0 ] || change -U --oldpackage --replacepkgs "$@" || bad=1
  erase "$d/erase" ''
  [ ! -s "$d/start" ] || sh "$d/start" || bad=1
  while read -r name build file; do
    [ -z "$name" ] || rpm -q "$build" >/dev/null 2>&1 || { echo "$build is not back"; bad=1; }
  done <"$d/files"
} >>"$d/log" 2>&1 </dev/null
echo "$bad" >"$d/went-back.new"
mv "$d/went-back.new" "$d/went-back"
# What runs was taken from the disk: only another boot brings back what ran before.
now=$(cat "\${PUT_GUARD_BOOT:-/proc/sys/kernel/random/boot_id}" 2>/dev/null)
[ -s "$d/reboot" ] && [ -s "$d/boot" ] && [ -n "$now" ] && [ "$now" != "$(cat "$d/boot")" ] || exit 0
if [ "$bad" -ne 0 ]; then
  echo "not everything is back: no reboot" >>"$d/log"
  exit 0
fi
echo "it was booted with what is gone again: rebooting" >>"$d/log"
sync
systemctl reboot >>"$d/log" 2>&1 || reboot >>"$d/log" 2>&1
`;

const UNIT = `[Unit]
Description=Goes back to the packages of before unless confirmed
[Service]
ExecStart=/bin/sh $d/guard $d
KillMode=process
TimeoutStopSec=infinity
[Install]
WantedBy=multi-user.target
`;

/** The time that a guard has left, in ms, of a line that arming it wrote; undefined for other lines. */
export function guardLeftMs(line: string): number | undefined {
  const left = /^left (-?\d{1,9})$/.exec(line.trim());
  return left ? Math.max(0, Number(left[1]) * 1000) : undefined;
}

/** Exit codes of the scripts. */
export const GUARD_EXIT = { done: 0, plain: 5, wentBack: 3, none: 4 } as const;

/**
 * Arms the guard; armed before, it stays as it is. Ends with `plain` where there is no systemd: there it goes on by itself, and no further than to the
 * next boot.
 */
export function armScript(order: GuardOrder): string {
  const { job, seconds, files, eraseFirst, erase, reboot = [], stop, start } = order;
  return `${marked('arm', order)}${place(job)}umask 077
[ "$(readlink "$d/decided")" != back ] || { echo "it went back"; exit ${GUARD_EXIT.wentBack}; }
if [ ! -e "$d/armed" ]; then
  mkdir -p "$d" || exit 1
${hereDocument(
  'files',
  files.map(({ name, build, path }) => `${name} ${build} ${path}`),
)}${hereDocument('erase-first', eraseFirst)}${hereDocument('erase', erase)}${hereDocument('reboot', reboot)}  cat "\${PUT_GUARD_BOOT:-/proc/sys/kernel/random/boot_id}" >"$d/boot" 2>/dev/null
${hereDocument('stop', stop === undefined ? [] : [stop])}${hereDocument('start', start === undefined ? [] : [start])}
  while read -r name build file; do
    [ -f "$file" ] || { echo "$file is not there"; exit 1; }
  done <"$d/files"
  cat >"$d/guard" <<'END-OF-GUARD' || exit 1
${GUARD}END-OF-GUARD
  echo $(($(date +%s) + ${Math.ceil(seconds)})) >"$d/deadline" || exit 1
  sync
  if [ -d /run/systemd/system ] && [ -z "$PUT_GUARD_ROOT" ]; then
    cat >"/etc/systemd/system/put-guard-$job.service" <<END-OF-UNIT || exit 1
${UNIT}END-OF-UNIT
    systemctl daemon-reload && systemctl enable "put-guard-$job.service" && systemctl start "put-guard-$job.service" || exit 1
    echo systemd >"$d/armed"
  else
    setsid sh "$d/guard" "$d" </dev/null >/dev/null 2>&1 &
    echo plain >"$d/armed"
  fi
fi
read -r how <"$d/armed"
echo "armed, by $how"
read -r due <"$d/deadline"
echo "left $((due - $(date +%s)))"
[ "$how" = systemd ] || exit ${GUARD_EXIT.plain}
`;
}

/** Confirms: the guard goes away. Ends with `wentBack` where it was faster, and with `none` where there is none. */
export function confirmScript(job: string): string {
  return `${marked('confirm', { job })}${place(job)}[ -e "$d/armed" ] || { echo "no guard is armed"; exit ${GUARD_EXIT.none}; }
ln -s confirmed "$d/decided" 2>/dev/null
if [ "$(readlink "$d/decided")" != confirmed ]; then
  n=0
  while [ ! -e "$d/went-back" ] && [ $n -lt 600 ]; do n=$((n + 1)); sleep 1; done
  said=$(wc -c <"$d/log")
  from=$((said - ${LOG_LAST_BYTES}))
  [ $from -gt ${LOG_FIRST_BYTES} ] || from=${LOG_FIRST_BYTES}
  head -c ${LOG_FIRST_BYTES} "$d/log"
  [ $from -eq ${LOG_FIRST_BYTES} ] || printf '\n... %s bytes left out\n' $((from - ${LOG_FIRST_BYTES}))
  tail -c +$((from + 1)) "$d/log"
fi
${REMOVE_UNIT}
[ "$(readlink "$d/decided")" = confirmed ] || exit ${GUARD_EXIT.wentBack}
echo confirmed
`;
}

/** Ends with `wentBack` where the guard goes or went back; changes nothing. */
export function lookScript(job: string): string {
  return `${marked('look', { job })}${place(job)}[ -e "$d/armed" ] || exit ${GUARD_EXIT.none}
[ "$(readlink "$d/decided")" != back ] || exit ${GUARD_EXIT.wentBack}
`;
}
