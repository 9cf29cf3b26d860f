# The user of the service: without a sign-in, its home is the state folder.
getent group putservices >/dev/null || groupadd -r putservices
getent passwd putservices >/dev/null || \
  useradd -r -g putservices -d /var/lib/putservices -s "$(command -v nologin || echo /sbin/nologin)" -c "PUT services" putservices
