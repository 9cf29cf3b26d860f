#!/bin/sh
exec /usr/lib/putservices/node /usr/lib/putservices/dist/putctl.js "$@"
