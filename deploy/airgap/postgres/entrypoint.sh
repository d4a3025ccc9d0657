#!/bin/bash
# Makes the cluster where there is none, from POSTGRES_PASSWORD, POSTGRES_USER and POSTGRES_DB, and becomes the server.
set -euo pipefail

# Each may be given as a file instead, as NAME_FILE.
read_setting() {
  local name=$1 file="${1}_FILE"
  if [ -n "${!file:-}" ]; then printf '%s' "$(<"${!file}")"; else printf '%s' "${!name:-${2:-}}"; fi
}

make_cluster() {
  local user password database
  user=$(read_setting POSTGRES_USER postgres)
  password=$(read_setting POSTGRES_PASSWORD)
  database=$(read_setting POSTGRES_DB "$user")
  if [ -z "$password" ]; then
    echo 'The database has no password: set POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE).' >&2
    exit 1
  fi
  # shellcheck disable=SC2086  # several arguments in one variable, as the official image takes them
  initdb --username="$user" --pwfile=<(printf '%s\n' "$password") --auth-host=scram-sha-256 --auth-local=trust \
    ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  # A single-user server: nobody can reach one that is not yet what it will be.
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "${database//\"/\"\"}" | postgres --single -j -D "$PGDATA" postgres >/dev/null
  fi
}

[ "${1:-}" != "${1#-}" ] && set -- postgres "$@"
[ "${1:-postgres}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
[ -s "$PGDATA/PG_VERSION" ] || make_cluster
exec "$@"
