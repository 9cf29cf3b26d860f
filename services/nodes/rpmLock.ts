import type { NodeCommand } from './NodePort.ts';

/*
 * rpm does not wait for a lock that another transaction holds. The wait is part of the command on the node, so that it outlives the line and the master,
 * and needs a POSIX shell alone. Whatever cannot be found out there, rpm is started and says it.
 */

/**
 * Looks for the holder in /proc/locks (rpm locks by fcntl), names it, waits for its end until the deadline, and becomes rpm. Where nobody holds any lock
 * of that kind, rpm is not asked for the place of its own.
 */
const WAIT_SCRIPT = `end=$1; shift
inode=
while read -r _ kind _ how _; do
  [ "$kind $how" = 'POSIX WRITE' ] || continue
  lock=$(rpm --eval '%{_dbpath}' 2>/dev/null </dev/null)/.rpm.lock
  inode=$(stat -c %i "$lock" 2>/dev/null)
  break
done 2>/dev/null </proc/locks
holder() {
  while read -r _ kind _ how pid place _; do
    [ "$kind $how" = 'POSIX WRITE' ] && [ "\${place##*:}" = "$inode" ] && echo "$pid" && return
  done 2>/dev/null </proc/locks
}
told=
waited=0
while [ -n "$inode" ] && pid=$(holder) && [ -n "$pid" ]; do
  if [ "$told" != "$pid" ]; then
    told=$pid
    command=$(tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
    echo "rpm-lock: held by process $pid, \${command:-whose command is not known}"
  fi
  [ "$waited" -ge "$end" ] && break
  sleep 1
  waited=$((waited + 1))
done
[ -z "$told" ] || echo "rpm-lock: waited $waited s"
exec "$@"`;

/** The command, after a wait for rpm's lock of at most so many ms. */
export function afterRpmLock({ argv, ...rest }: NodeCommand, waitMs: number): NodeCommand {
  return { ...rest, argv: ['sh', '-c', WAIT_SCRIPT, 'rpm-lock', String(Math.ceil(waitMs / 1000)), ...argv] };
}

/** The command that is run after the wait; undefined for any other command. */
export function withoutRpmLock(argv: readonly string[]): readonly string[] | undefined {
  return argv[0] === 'sh' && argv[2] === WAIT_SCRIPT ? argv.slice(5) : undefined;
}

/** What the wait tells of the holder: pid and command as `/proc` has them. */
export function lockHolder(line: string): string | undefined {
  return /^rpm-lock: held by (process \d+, .*?)\s*$/.exec(line)?.[1];
}
