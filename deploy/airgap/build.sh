#!/usr/bin/env bash
# Builds the base images (Debian, Node, PostgreSQL, Redis, HAProxy) from Debian packages and npm, with no image registry.
set -euo pipefail
cd "$(dirname "$0")"

# Run as root on Debian or Ubuntu; deploy/README.md says what it needs and what the images are.
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
suite=bookworm
node_version=24

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
fail_with() { tail -20 "$1" >&2; exit 1; }
has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# The root file system of Debian, as small as their own "slim": without manuals, translations and package lists.
build_debian() {
  has_image goftegu-airgap/debian:$suite && return
  [ "$(id -u)" = 0 ] || die "debootstrap needs root: run this with sudo."
  command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
  local root
  root=$(mktemp -d "${TMPDIR:-/tmp}/goftegu-debian.XXXXXX")
  # shellcheck disable=SC2064  # the folder of now, not of later
  trap "rm -rf '$root' '$root.log'" RETURN EXIT
  say "debootstrap $suite ..."
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || fail_with "$root.log"
  cat >"$root/etc/apt/sources.list" <<SOURCES
deb $mirror $suite main
deb $mirror $suite-updates main
deb $security $suite-security main
SOURCES
  cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<'SLIM'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
SLIM
  # What was mended since the release, for every layer that comes on top.
  { chroot "$root" apt-get -qq update && DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qq -y upgrade; } \
    >"$root.log" 2>&1 || fail_with "$root.log"
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  find "$root/usr/share/doc" -depth -type d -empty -delete
  rm -rf "$root"/usr/share/{man,info,locale}/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*
  tar -C "$root" -c . | docker import -c 'CMD ["bash"]' - goftegu-airgap/debian:$suite >/dev/null
}

# Node and its npm, from the registry that npm is set up for here; no address of it gets into the image.
build_node() {
  local context cpu
  case $(uname -m) in
    x86_64) cpu=x64 ;;
    aarch64) cpu=arm64 ;;
    *) die "npm has no Node for $(uname -m)." ;;
  esac
  context=$(mktemp -d "${TMPDIR:-/tmp}/goftegu-node.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$context'" RETURN EXIT
  (
    cd "$context"
    npm pack --silent "node-linux-$cpu@$node_version" npm@11 >/dev/null
    mkdir node npm
    tar -xzf node-linux-*.tgz -C node --strip-components=1 package/bin package/LICENSE
    tar -xzf npm-*.tgz -C npm --strip-components=1
    rm ./*.tgz
    chmod 755 node/bin/node
  )
  cp node/Dockerfile "$context"
  build_image node:$node_version "$context"
}

# Builds the tag from the folder; what docker says is shown where it fails.
build_image() {
  local output
  output=$(docker build --network host --build-arg DEBIAN_IMAGE=goftegu-airgap/debian:$suite \
    -t "goftegu-airgap/$1" "$2" 2>&1) || { printf '%s\n' "$output" | tail -60 >&2; return 1; }
}

timed() {
  local what=$1 start
  shift
  start=$(date +%s%N)
  "$@"
  say "$(printf '%-10s %4d s' "$what" $((($(date +%s%N) - start) / 1000000000)))"
}

docker info >/dev/null 2>&1 || die "Docker does not answer. On Debian: apt-get install docker.io; dockerd &"
timed debian build_debian
timed node build_node
timed postgres build_image postgres:15 postgres
timed redis build_image redis:7 redis
timed haproxy build_image haproxy:2.6 haproxy
docker images --format '{{.Repository}}:{{.Tag}}  {{.Size}}' 'goftegu-airgap/*'
