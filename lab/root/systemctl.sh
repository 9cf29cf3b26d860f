#!/bin/sh
# Answers for systemctl on a light node: units are scripts in /etc/lab/units that run in the foreground, known by their pid files.
while :; do
  case $1 in
    -p) properties="$properties $2"; shift 2 ;;
    -q | --quiet | --no-block) shift ;;
    *) break ;;
  esac
done
verb=$1
shift
while [ "$1" = -p ]; do
  properties="$properties $2"
  shift 2
done
name=${1%.service}
unit=/etc/lab/units/$name
pids=/run/lab/$name.pid
[ -d /run/lab ] || mkdir -p /run/lab
is_up() { read -r pid <"$pids" && kill -0 "$pid"; } 2>/dev/null
case $verb in
  reboot | poweroff)
    [ "$verb" = reboot ] || : >/etc/lab/off
    kill -TERM 1
    exit 0
    ;;
  is-system-running) echo running; exit 0 ;;
  daemon-reload) exit 0 ;;
esac
if [ ! -f "$unit" ]; then
  if [ "$verb" = show ]; then
    printf 'LoadState=not-found\nActiveState=inactive\n'
    exit 0
  fi
  echo "Failed to $verb $name.service: Unit $name.service not found." >&2
  [ "$verb" = is-active ] && exit 3
  exit 5
fi
case $verb in
  start | restart)
    [ "$verb" = restart ] && "$0" stop "$name"
    is_up && exit 0
    if [ -e "/etc/lab/broken-$name" ]; then
      echo "Job for $name.service failed because the control process exited with error code." >&2
      exit 1
    fi
    setsid "$unit" </dev/null >>/run/lab/"$name".log 2>&1 &
    echo $! >"$pids"
    ;;
  stop)
    is_up || exit 0
    kill -TERM "$pid"
    # As systemd does it: it comes back as soon as the process has ended.
    for nap in 0.01 0.01 0.03 0.05 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1; do
      is_up || break
      sleep "$nap"
    done
    is_up && kill -KILL "$pid"
    rm -f "$pids"
    ;;
  is-active) if is_up; then echo active; else echo inactive; exit 3; fi ;;
  show)
    echo LoadState=loaded
    if is_up; then echo ActiveState=active; else echo ActiveState=inactive; fi
    ;;
  *) echo "Unknown command verb $verb." >&2; exit 1 ;;
esac
