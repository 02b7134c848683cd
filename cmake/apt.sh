# Sourced by ./quickstart and ./check: installs the Debian packages that are missing, and only those.

# need_packages NAME...: returns at once when all are there.
need_packages() {
  missing=
  for package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    echo "These packages are missing, and there is no sudo to install them. As root:" >&2
    echo "  apt-get update && apt-get install$missing" >&2
    exit 1
  fi
  echo "Installing:$missing"
  # The log is shown only when it is of use. A first attempt fails when an earlier run was killed inside of apt or dpkg,
  # or while another program updates the package lists: the second and third come after a repair and a pause.
  log=$(mktemp)
  for pause in 0 5 15; do
    if [ $pause != 0 ]; then
      sleep $pause
      as_root dpkg --configure -a >>"$log" 2>&1 || true
      as_root apt-get $apt_options --fix-broken install >>"$log" 2>&1 || true
    fi
    if as_root apt-get update -qq >>"$log" 2>&1 &&
       as_root apt-get $apt_options --no-install-recommends install $missing >>"$log" 2>&1; then
      rm -f "$log"
      return 0
    fi
  done
  tail -20 "$log" >&2
  rm -f "$log"
  echo "apt-get could not install:$missing" >&2
  exit 1
}

# sudo clears the environment, so that debconf's frontend is named behind it. Without a terminal sudo cannot ask for a
# password: then it says so, and the attempt fails.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
  fi
}

# While another program holds dpkg's lock, apt-get waits for ten minutes.
apt_options="-qq -y -o DPkg::Lock::Timeout=600"

# A Node that somebody installed by another way than apt is as good.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || need_packages nodejs npm
}

build_packages="cmake ninja-build g++ clang-19 lld-19 binaryen libcli11-dev nlohmann-json3-dev libfmt-dev libarchive-dev libssl-dev zlib1g-dev"
