#!/usr/bin/env bash
# Brings a new version or changed settings to a running compose installation, replica by replica: `deploy/roll.sh [--back]`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Build or pull the images first. Arguments go to compose: `-f docker-compose.yml -f deploy/compose.tls.yml`.
# Migrates, then replaces the gateways, then the APIs: a new one, healthy and known to the load balancer, for each old one.
# With --back, before all other arguments, the APIs go first: a gateway must know what any API announces.
patience=180
# Sockets come back when they were told to, or never, when their people have gone: waited for, but not for ever.
return_patience=60
order=(gateway api)
if [ "${1:-}" = --back ]; then order=(api gateway); shift; fi
if docker compose version >/dev/null 2>&1; then compose=(docker compose "$@"); else compose=(docker-compose "$@"); fi

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
compose() { "${compose[@]}" "$@"; }

# What has been started and does not serve yet: taken away again where this ends before it does.
started=
trap '[ -z "$started" ] || docker rm --force "$started" >/dev/null' EXIT

# How many servers of a backend (gateways, apis) take traffic.
up_servers() {
  docker exec "$balancer" bash -c \
    "exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET /metrics?scope=server HTTP/1.0\r\n\r\n' >&3; cat <&3" |
    grep -c "^haproxy_server_status{proxy=\"$1\".*state=\"UP\"} 1" || :
}

# How many sockets are open through the load balancer.
open_sockets() {
  docker exec "$balancer" bash -c \
    "exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET /metrics?scope=backend HTTP/1.0\r\n\r\n' >&3; cat <&3" |
    sed -n 's/^haproxy_backend_current_sessions{proxy="gateways"} \([0-9]*\).*/\1/p'
}

# await_sockets COUNT: until nine of ten of so many are back; the next gateway would send those away once more.
await_sockets() {
  local enough=$(($1 * 9 / 10)) until=$((SECONDS + return_patience)) open
  while open=$(open_sockets) && [ "${open:-0}" -lt "$enough" ]; do
    if [ $SECONDS -ge $until ]; then say "${open:-0} of $1 sockets are back after $return_patience s; going on"; return; fi
    sleep 0.5
  done
}

# await WHAT COMMAND…: until the command succeeds, for `patience` seconds.
await() {
  local what=$1 until=$((SECONDS + patience))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || die "Gave up after $patience s: $what. The replicas that serve are left as they are."
    sleep 0.5
  done
}

# One that ends again and again, as with a setting that cannot be, is not waited for.
is_healthy() {
  local health restarts
  read -r health restarts < <(docker inspect --format '{{.State.Health.Status}} {{.RestartCount}}' "$1")
  [ "$restarts" -lt 3 ] || { docker logs --tail 5 "$1" >&2; die "It does not start; the replicas that serve are left as they are."; }
  [ "$health" = healthy ]
}
serves_over() { [ "$(up_servers "$1")" -gt "$2" ]; }
serves_at_most() { [ "$(up_servers "$1")" -le "$2" ]; }

# Longer than the drain that this replica was told, and every step after it.
stop_seconds() {
  local drain
  drain=$(docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$1" | sed -n 's/^DRAIN_SECONDS=\([0-9][0-9]*\)$/\1/p')
  echo $((${drain:-10} + 45))
}

# replace SERVICE BACKEND OLD COUNT SERVING
replace() {
  local service=$1 backend=$2 old=$3 count=$4 serving=$5 before sockets
  before=$(compose ps -q "$service")
  compose up -d --no-build --no-deps --no-recreate --scale "$service=$((count + 1))" "$service" >&2
  started=$(compose ps -q "$service" | grep -vxF "$before") || die "$service: no container was added"
  await "$service ${started:0:12} is not healthy" is_healthy "$started"
  await "the load balancer does not know $service ${started:0:12}" serves_over "$backend" "$serving"
  say "$service ${started:0:12} serves; ${old:0:12} goes ..."
  started=
  sockets=$(open_sockets || :)
  docker stop --time="$(stop_seconds "$old")" "$old" >/dev/null
  docker rm "$old" >/dev/null
  await "the load balancer still counts $service ${old:0:12}" serves_at_most "$backend" "$serving"
  if [ "$service" = gateway ]; then await_sockets "${sockets:-0}"; fi
}

roll() {
  local service=$1 backend=$2 olds old serving
  olds=$(compose ps -q "$service")
  [ -n "$olds" ] || die "No $service runs: this is for what is running; else: up -d."
  serving=$(up_servers "$backend")
  for old in $olds; do replace "$service" "$backend" "$old" "$(wc -w <<<"$olds")" "$serving"; done
}

balancer=$(compose ps -q balancer)
[ -n "$balancer" ] || die "No load balancer runs: this is for what is running; else: up -d."
compose run --rm --no-deps -T migrate </dev/null >&2
for service in "${order[@]}"; do roll "$service" "${service}s"; done
say "Every replica is new."
