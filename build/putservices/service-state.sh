# What becomes of the running service with the package.
# An upgrade goes on with the new version; jobs continue from the journal.
after_install() {
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    if [ "$1" = upgrade ]; then systemctl try-restart putservices.service || :; fi
  fi
}
before_removal() {
  if [ -d /run/systemd/system ]; then systemctl disable --now putservices.service || :; fi
}
