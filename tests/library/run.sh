#!/bin/sh
# A project that uses the pack library: run.sh BUILD BOX.wasm CXX
# It sees an installation that was moved, and nothing of this tree.
set -eu
build=$1 box=$2 cxx=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { echo "FAIL: $*"; exit 1; }
quietly() { "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log"; fail "$*"; }; }

quietly cmake --install "$build" --component library --prefix "$scratch/first"
mkdir "$scratch/moved here"
mv "$scratch/first" "$scratch/moved here/mayfly"
prefix="$scratch/moved here/mayfly"
grep -rlE "$root|$scratch/first" "$prefix" --include=*.cmake --include=*.pc --include=*.h && fail "names this tree: see above"
cp -r "$root/examples/library" "$scratch/project"

try() { # try WHAT PROGRAM
  [ "$("$2" "$box" "$scratch/packed.wasm")" = "1 file, 1 preopen" ] || fail "$1: printed something else"
  [ "$("$build/mayfly" run "$scratch/packed.wasm" -- cat /hello.txt)" = hello ] || fail "$1: the packed module has no /hello.txt"
  "$2" "$0" "$scratch/none.wasm" 2>"$scratch/log" && fail "$1: packed a shell script"
  grep -q "^$0 at 0x0: the file is not a WebAssembly module" "$scratch/log" || fail "$1: refused a shell script with: $(cat "$scratch/log")"
  echo "ok: $1"
}

quietly cmake -S "$scratch/project" -B "$scratch/build" "-DCMAKE_PREFIX_PATH=$prefix" "-DCMAKE_CXX_COMPILER=$cxx"
quietly cmake --build "$scratch/build"
try "CMake package" "$scratch/build/pack_one"

[ "$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --modversion mayfly-pack)" = \
  "$("$build/mayfly" --version | sed 's/^mayfly //')" ] || fail "pkg-config: another version than the tool's"
eval "set -- $(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags --libs mayfly-pack | sed 's/$/ /')"
quietly "$cxx" -std=c++23 "$scratch/project/pack_one.cc" "$@" -o "$scratch/pack_one"
try "pkg-config" "$scratch/pack_one"
