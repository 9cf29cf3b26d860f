#!/bin/sh
# Installs putservices from this folder, or upgrades it: as root, on a machine without rpm and dpkg.
#   ./install.sh            a Config file that is there stays as it is
#   ./install.sh --remove   takes the programs away; the state folder, the Config file and the user stay
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" != 0 ]; then echo 'install.sh: root is needed' >&2; exit 1; fi
. "$here/service-state.sh"
if [ "${1:-}" = --remove ]; then
  before_removal
  (cd "$here/root" && find . ! -type d ! -path './etc/*') | while read -r file; do rm -f "/${file#./}"; done
  # Folders that are empty now go, those below first.
  find /usr/lib/putservices /usr/share/doc/putservices -depth -type d -exec rmdir {} + 2>/dev/null || :
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  echo 'putservices is removed; /var/lib/putservices, /etc/putservices and the user putservices stay'
  exit 0
fi
. "$here/make-user.sh"
how=first
if [ -e /usr/lib/putservices/putservices.js ]; then how=upgrade; fi
# Each file is there whole or not at all: the service may run.
(cd "$here/root" && find . ! -type d ! -path './etc/*') | while read -r file; do
  to="/${file#./}"
  mkdir -p "$(dirname "$to")"
  cp -p "$here/root/$file" "$to.new"
  chown root:root "$to.new"
  mv -f "$to.new" "$to"
done
install -d -m 0750 -o root -g putservices /etc/putservices
if [ ! -e /etc/putservices/Config ]; then
  install -m 0640 -o root -g putservices "$here/root/etc/putservices/Config" /etc/putservices/Config
fi
after_install "$how"
echo "putservices $(putservices --version) is installed; next: putservices doctor"
