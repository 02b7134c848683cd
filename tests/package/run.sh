#!/bin/sh
# What a person gets who installs mayfly or unpacks its package: run.sh BUILD BOX.wasm
# The installed binary has to work alone: the layers and the host are inside it.
set -eu
build=$1 box=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { echo "FAIL: $*"; exit 1; }

try() { # try WHAT BINARY
  mkdir -p "$scratch/data"
  echo hello >"$scratch/data/file"
  output=$("$2" run "$box" --dir "$scratch/data::/data" -- cat /data/file) || fail "$1: exit code $?"
  [ "$output" = hello ] || fail "$1: printed $output"
  echo "ok: $1"
}

cmake --install "$build" --prefix "$scratch/installed" >"$scratch/log" || { cat "$scratch/log"; fail "cmake --install"; }
try "cmake --install" "$scratch/installed/bin/mayfly"
[ -f "$scratch/installed/share/doc/mayfly/copyright" ] || fail "cmake --install: no licence"

cpack --config "$build/CPackConfig.cmake" -G "TGZ;DEB" -B "$scratch/packages" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail "cpack"; }
mkdir "$scratch/tgz" "$scratch/deb"
tar xzf "$scratch"/packages/*.tar.gz -C "$scratch/tgz" --strip-components=1
try "tar.gz" "$(find "$scratch/tgz" -name mayfly -type f)"
dpkg -x "$scratch"/packages/*.deb "$scratch/deb"
try "deb" "$scratch/deb/usr/bin/mayfly"
dpkg-deb --field "$scratch"/packages/*.deb Depends | grep -q libarchive || fail "deb: does not depend on libarchive"
dpkg-deb --field "$scratch"/packages/*.deb Package Version Architecture Depends
