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
for file in share/doc/mayfly/copyright share/doc/mayfly/docs/cli.md share/doc/mayfly/examples/hello/hello.c \
            share/man/man1/mayfly.1 share/man/man1/mayfly-pack.1 share/bash-completion/completions/mayfly \
            share/zsh/site-functions/_mayfly share/fish/vendor_completions.d/mayfly.fish include/mayfly.h \
            share/mayfly/host.mjs lib/libmayfly-pack.a include/mayfly/pack.h lib/pkgconfig/mayfly-pack.pc \
            lib/cmake/mayfly-pack/mayfly-pack-config.cmake; do
  [ -s "$scratch/installed/$file" ] || fail "cmake --install: no $file"
done
# An empty date is meant: the pages are the same whenever they are made.
for page in "$scratch"/installed/share/man/man1/*.1; do
  mandoc -T lint -W warning "$page" | grep -v 'missing date' && fail "$page: see above"
done
bash -n "$scratch/installed/share/bash-completion/completions/mayfly" || fail "bash does not read its completions"
zsh -n "$scratch/installed/share/zsh/site-functions/_mayfly" || fail "zsh does not read its completions"
fish -n "$scratch/installed/share/fish/vendor_completions.d/mayfly.fish" || fail "fish does not read its completions"
echo "ok: manual pages and completions"

cpack --config "$build/CPackConfig.cmake" -G "TGZ;DEB" -B "$scratch/packages" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail "cpack"; }
mkdir "$scratch/tgz" "$scratch/deb"
tar xzf "$scratch"/packages/*.tar.gz -C "$scratch/tgz" --strip-components=1
try "tar.gz" "$(find "$scratch/tgz" -path "*/bin/mayfly" -type f)"
dpkg -x "$scratch"/packages/*.deb "$scratch/deb"
try "deb" "$scratch/deb/usr/bin/mayfly"
dpkg-deb --field "$scratch"/packages/*.deb Depends | grep -q libarchive || fail "deb: does not depend on libarchive"
dpkg-deb --info "$scratch"/packages/*.deb | grep -iE 'homepage|invalid' && fail "deb: a homepage that does not exist"
dpkg-deb --field "$scratch"/packages/*.deb Package Version Architecture Depends
