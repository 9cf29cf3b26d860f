import { LOG_FIRST_BYTES, LOG_LAST_BYTES } from './NodePort.ts';
import { shellWord } from '../../core/model/shellWords.ts';

/*
 * What commands write on a node has no bound, and neither its disk nor that of the master is theirs. Of each log its first and its last part stay; what is between
 * becomes a hole: offsets stay as they are, and the command, which appends, is not disturbed and sees nothing of it. One process on a node sees to all logs
 * below a folder for as long as something has one of them as its output: work that its master lost, and a daemon that a command left behind, as well.
 */

/** Seconds between two looks at the logs; `PUT_LOGS_EVERY_S` stands in for it in tests. At full speed a disk takes some hundred MB in that time. */
const EVERY_S = '${PUT_LOGS_EVERY_S:-5}';
/** Where more than `ROOM_BYTES` came since the look before. */
const SOON_S = '0.2';
/** What a log may have on the disk beyond what is kept of it; taking it out costs a process. */
const ROOM_BYTES = 1024 * 1024;

const KEPT_BYTES = LOG_FIRST_BYTES + LOG_LAST_BYTES + ROOM_BYTES;

/**
 * Its argument is the folder; it looks at once. `keeper` in the folder is its PID:START, the last of several to write it goes on; USR1 has it look at once. Where a
 * file system makes no holes in files, or the tool for it is missing, all behind the first part goes each time, and what is written in that moment is not counted. No
 * here-document: bash before 5.1 writes it to the disk, which may be the full one.
 */
const KEEPER = `put_now=1
trap put_now=1 USR1
trap : HUP INT
cd "$1" || exit 1
put_logs=$(pwd -P)
cd /
read -r put_me put_s </proc/self/stat
set -- \${put_s##*) }
put_me=$put_me:\${20}
echo "$put_me" >"$put_logs/keeper"
put_cut() {
  put_seen=closed
  put_sum=0
  while read -r put_blocks put_size put_file; do
    case $put_blocks in
    open) put_seen=open ;;
    gone)
      put_seen=open
      truncate -c -s 0 "$put_size" ;;
    [0-9]*)
      put_sum=$((put_sum + put_size))
      [ $put_blocks -gt ${KEPT_BYTES / 512} ] || continue
      put_long=$((put_size - ${LOG_FIRST_BYTES + LOG_LAST_BYTES}))
      [ $put_long -gt 0 ] || continue
      fallocate -p -o ${LOG_FIRST_BYTES} -l $put_long "$put_file" ||
        { truncate -c -s ${LOG_FIRST_BYTES} "$put_file" && truncate -c -s ">$put_size" "$put_file"; } ;;
    esac
  done
  echo "$put_seen $put_sum"
}
put_idle=0
put_sum=0
while [ $put_idle -lt 2 ]; do
  [ -n "$put_now" ] || { sleep "$put_wait" & wait $!; }
  put_now=
  put_kept=
  read -r put_kept <"$put_logs/keeper"
  case $put_kept in
  "$put_me") ;;
  '') echo "$put_me" >"$put_logs/keeper" ;;
  *) exit 0 ;;
  esac
  set -- $(find /proc/[0-9]*/fd/[12] "$put_logs" -lname "$put_logs/*log" -printf 'open\\n' -o -lname "$put_logs/*log (deleted)" -printf 'gone %p\\n' \\
    -o -name '*log' -type f -size +${LOG_FIRST_BYTES / 1024}k -printf '%b %s %p\\n' | put_cut)
  put_idle=$((put_idle + 1))
  [ "$1" != open ] || put_idle=0
  put_wait=${EVERY_S}
  [ $((\${2:-0} - put_sum)) -le ${ROOM_BYTES} ] || put_wait=${SOON_S}
  put_sum=\${2:-0}
done
`;

/**
 * `put_keep_logs FOLDER`: has the logs below a folder seen to, unless they are, from some seconds on; with a number behind it from so many on, and with 0 they are
 * looked at at once. What is looked at here costs no process. The keeper's own program is begun only when its first look is due, in the process that waits for that:
 * short work, of which hundreds begin at once, is over before. Until then it is of the process group of whoever began it.
 */
export const KEEP_LOGS = `put_keep_logs() {
  put_folder=$1
  put_when=\${2:-${EVERY_S}}
  if { IFS=: read -r put_keeper put_since <"$1/keeper"; } 2>/dev/null && { read -r put_s <"/proc/$put_keeper/stat"; } 2>/dev/null; then
    set -- \${put_s##*) }
    case $1 in Z | X) ;; *)
      if [ "\${20}" = "$put_since" ]; then
        [ "$put_when" != 0 ] || kill -s USR1 "$put_keeper"
        return 0
      fi ;;
    esac
  fi
  (
    trap : HUP INT TERM USR1
    umask 077
    read -r put_me put_s </proc/self/stat
    set -- \${put_s##*) }
    put_me=$put_me:\${20}
    echo "$put_me" >"$put_folder/keeper"
    [ "$put_when" = 0 ] || { sleep "$put_when" & wait $!; }
    put_kept=
    read -r put_kept <"$put_folder/keeper"
    case $put_kept in "$put_me" | '') ;; *) exit 0 ;; esac
    # A USR1 from here on would end it: without the mark another one is begun instead, and the last of them goes on.
    printf '' >"$put_folder/keeper"
    exec setsid /bin/sh -c ${shellWord(KEEPER)} put-logs "$put_folder"
  ) </dev/null >/dev/null 2>&1 &
}`;
