#!/bin/sh
# Runs the server as its own user; options alone stand for a server with them. Reachable without a password, as the official one.
set -eu
case "${1:-}" in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "${1:-}" = redis-server ]; then
  # Debian builds with the protected mode that the official image leaves out; what comes after this wins.
  shift
  case "${1:-}" in
    '' | -*) set -- redis-server --protected-mode no "$@" ;;
    *) conf=$1; shift; set -- redis-server "$conf" --protected-mode no "$@" ;;
  esac
fi
if [ "$(id -u)" = 0 ] && [ "${1:-}" = redis-server ]; then
  chown redis:redis .
  exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
