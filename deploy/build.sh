#!/usr/bin/env bash
# Builds the images goftegu/api, goftegu/gateway and goftegu/standalone: `deploy/build.sh [--airgap] [TARGET …]`.
set -euo pipefail
cd "$(dirname "$0")/.."

# TAG names them (`latest`); NODE_IMAGE and RUNTIME_IMAGE replace the base images, --airgap by those of deploy/airgap.
# NPMRC and NODE_EXTRA_CA_CERTS are the site's own files for npm: only the build stage sees them.
tag=${TAG:-latest}

# One build of a tree at a time: they share the base images and what is placed in deploy/npm-config.
if command -v flock >/dev/null; then
  exec 9>deploy/npm-config/.lock
  flock 9
fi

if [ "${1:-}" = --airgap ]; then
  shift
  deploy/airgap/build.sh >&2
  NODE_IMAGE=${NODE_IMAGE:-goftegu-airgap/node:24}
  RUNTIME_IMAGE=${RUNTIME_IMAGE:-goftegu-airgap/debian:bookworm}
fi
[ $# -gt 0 ] || set -- gateway api standalone

# What lies in deploy/npm-config beforehand stays.
placed=()
place() {
  [ -n "$1" ] && [ -r "$1" ] && [ ! -e "deploy/npm-config/$2" ] || return 0
  placed+=("deploy/npm-config/$2")
  install -m 600 "$1" "deploy/npm-config/$2"
}
trap 'rm -f ${placed[@]+"${placed[@]}"}' EXIT
place "${NPMRC:-}" npmrc
place "${NODE_EXTRA_CA_CERTS:-}" ca.pem

arguments=(--network host --file deploy/Dockerfile)
for name in NODE_IMAGE RUNTIME_IMAGE; do
  if [ -n "${!name:-}" ]; then arguments+=(--build-arg "$name=${!name}"); fi
done
for target in "$@"; do
  echo "goftegu/$target:$tag ..." >&2
  docker build "${arguments[@]}" --target "$target" --tag "goftegu/$target:$tag" . >&2
done
for target in "$@"; do
  docker image inspect --format "goftegu/$target:$tag {{.Size}} bytes" "goftegu/$target:$tag"
done
