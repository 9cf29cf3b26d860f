#!/bin/sh
# What is left of a deb or rpm after its files are gone; electron-builder fills the names in. Its own script takes the command away after an
# upgrade as well: rpm runs the script of the old version last of all. Then other versions are left, which rpm counts; dpkg says the word.
case "$1" in
  [1-9]* | upgrade | failed-upgrade | abort-* | disappear) exit 0 ;;
esac

if type update-alternatives >/dev/null 2>&1; then
    update-alternatives --remove '${executable}' '/opt/${sanitizedProductName}/${executable}'
else
    rm -f '/usr/bin/${executable}'
fi

# The script that electron-builder runs after an install puts it there where the system has AppArmor.
profile='/etc/apparmor.d/${executable}'
if [ -f "$profile" ]; then
    if apparmor_status --enabled >/dev/null 2>&1 && command -v apparmor_parser >/dev/null 2>&1; then
        { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; } || apparmor_parser --remove "$profile" || :
    fi
    rm -f "$profile"
fi
