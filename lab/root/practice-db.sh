#!/bin/sh
# The service of the lab: it runs until it is told to stop.
trap 'echo stopped; exit 0' TERM INT
echo started
while :; do
  sleep 3600 &
  wait $!
done
