# Sourced by ./quickstart and ./check: installs the Debian packages that are missing, and only those.

# need_packages NAME...: returns at once when all are there.
need_packages() {
  missing=
  for package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  [ -z "$missing" ] && return
  as_root=
  if [ "$(id -u)" != 0 ]; then as_root=sudo; fi
  echo "Installing:$missing"
  # The log is shown only when it is of use.
  log=$(mktemp)
  if ! { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
         --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    rm -f "$log"
    echo "apt-get could not install:$missing" >&2
    exit 1
  fi
  rm -f "$log"
}

# A Node that somebody installed by another way than apt is as good.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || need_packages nodejs npm
}

build_packages="cmake ninja-build g++ clang-19 lld-19 binaryen libcli11-dev nlohmann-json3-dev libfmt-dev libarchive-dev libssl-dev zlib1g-dev"
