#!/bin/sh
exec /usr/lib/putservices/node --max-semi-space-size=8 /usr/lib/putservices/putservices.js "$@"
