/*
 * rpm does not wait for a lock that another transaction holds. The wait is part of the command on the node, so that it outlives the line and the master,
 * and needs a POSIX shell alone. Whatever cannot be found out there, rpm is started and says it.
 */

/**
 * Looks for the holder in /proc/locks (rpm locks by fcntl), names it, and waits for its end until the deadline; for a shell that then becomes rpm. Where nobody
 * holds any lock of that kind, rpm is not asked for the place of its own.
 */
export const rpmLockScript = (waitMs: number): string => `end=${Math.ceil(waitMs / 1000)}
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
`;

/** What the wait tells of the holder: pid and command as `/proc` has them. */
export function lockHolder(line: string): string | undefined {
  return /^rpm-lock: held by (process \d+, .*?)\s*$/.exec(line)?.[1];
}
