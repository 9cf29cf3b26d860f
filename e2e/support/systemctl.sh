#!/bin/bash
# Stands in for systemctl where documents are tested and no systemd runs: starts what the installed unit and its drop-ins say in ExecStart, as the
# user and with the state folder that they name, and waits until it says that it is ready, or ends. The confinement of the unit is not applied.
set -u
command=$1; shift
now=no; unit=
for argument in "$@"; do
  case $argument in
    --now) now=yes ;;
    -*) ;;
    *) unit=${argument%.service} ;;
  esac
done
file=/usr/lib/systemd/system/$unit.service
pid_file=/run/$unit.pid
journal=/run/$unit.journal

# The last value of a key; an empty one takes back those before, as in systemd.
value() { cat "$file" /etc/systemd/system/"$unit".service.d/*.conf 2>/dev/null | sed -n "s/^$1=//p" | tail -n 1; }
is_up() { [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }
stop() {
  is_up || return 0
  kill "$(cat "$pid_file")"
  while is_up; do sleep 0.1; done
}
start() {
  [ -f "$file" ] || { echo "Unit $unit.service not found." >&2; exit 5; }
  is_up && return 0
  user=$(value User)
  install -d -o "$user" -g "$(value Group)" -m "$(value StateDirectoryMode)" "/var/lib/$(value StateDirectory)"
  : > "$journal"
  setsid setpriv --reuid "$user" --regid "$(value Group)" --init-groups \
    env -i HOME="/var/lib/$unit" PATH=/usr/bin:/bin $(value ExecStart) >> "$journal" 2>&1 < /dev/null &
  echo $! > "$pid_file"
  while is_up && ! grep -q 'is ready on' "$journal"; do sleep 0.1; done
}

case $command in
  daemon-reload) ;;
  enable) [ "$now" = no ] || start ;;
  disable) [ "$now" = no ] || stop ;;
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  try-restart) if is_up; then stop; start; fi ;;
  is-active) if is_up; then echo active; else echo inactive; exit 3; fi ;;
  status)
    if is_up; then echo "Active: active (running)"; else echo "Active: inactive (dead)"; fi
    tail -n 10 "$journal" 2>/dev/null
    is_up || exit 3
    ;;
  *) echo "the stand-in for systemctl does not know $command" >&2; exit 1 ;;
esac
