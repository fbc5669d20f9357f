#!/bin/sh
# Makes a fresh Debian or Ubuntu machine ready for `npm test`:
#   sh scripts/setup.sh             the npm packages, and what the tests use: databases, a browser, a client of Python's
#   sh scripts/setup.sh influxdb    only the Debian packages named
# Only what is missing is installed; call it as often as you like.
set -u
cd "$(dirname "$0")/.." || exit 1

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# What a Debian package is installed for, in words.
purpose_of() {
  case $1 in
    influxdb) echo 'influxd on the PATH' ;;
    victoria-metrics) echo 'victoria-metrics on the PATH' ;;
    chromium) echo 'chromium on the PATH' ;;
    python3-influxdb) echo 'the module influxdb of /usr/bin/python3' ;;
    libfaketime) echo 'libfaketimeMT.so.1 below /usr/lib' ;;
    *) return 1 ;;
  esac
}

# Whether that is there.
is_there() {
  case $1 in
    influxdb) has influxd ;;
    victoria-metrics) has victoria-metrics ;;
    chromium) has chromium ;;
    python3-influxdb) /usr/bin/python3 -c 'import influxdb' >/dev/null 2>&1 ;;
    libfaketime) ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 ;;
    chromium) has chromium ;;
  esac
}

check_node() {
  has node || fail 'there is no Node.js on the PATH; install 20.19, 22.12 or newer, from https://nodejs.org or the distribution'
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js is $(node --version); 20.19, 22.12 or newer is needed"
  say "Node.js $(node --version): fine"
}

# Whether each package of package-lock.json is in node_modules, in that version; optional ones may be for other platforms.
node_modules_match() {
  [ -f node_modules/.package-lock.json ] && node -e '
    const { readFileSync } = require("node:fs");
    const packages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
    const there = packages("node_modules/.package-lock.json");
    for (const [path, { version, optional, devOptional }] of Object.entries(packages("package-lock.json"))) {
      if (path === "" || there[path]?.version === version) continue;
      if (there[path] || !(optional || devOptional)) process.exit(1);
    }'
}

install_node_modules() {
  if node_modules_match; then
    say 'npm packages: there'
  else
    say 'npm packages: installing with npm ci'
    npm ci || fail 'npm ci failed; see above'
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env "$@"
  else
    sudo env "$@"
  fi
}

# RUNLEVEL=1 asks the package's scripts not to start the service: the tests start servers of their own.
apt() {
  as_root DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 NEEDRESTART_MODE=l apt-get -y -q -o DPkg::Lock::Timeout=120 "$@"
}

# Puts those packages into $missing whose purpose is not fulfilled.
find_missing() {
  missing=
  for package; do
    if is_there "$package"; then
      say "$package: there ($(purpose_of "$package"))"
    else
      missing="$missing $package"
    fi
  done
}

# Installs the missing ones; puts those that this system does not have into $unavailable.
install_missing() {
  unavailable=
  if ! has apt-get; then
    say 'this system has no apt-get; install these yourself:'
    for package in $missing; do
      case $package in
        influxdb) say '  influxd, of InfluxDB 1.x: https://docs.influxdata.com/influxdb/v1/introduction/install/' ;;
        victoria-metrics) say '  victoria-metrics, single node: https://docs.victoriametrics.com/victoriametrics/quick-start/' ;;
        chromium) say '  chromium: https://www.chromium.org/getting-involved/download-chromium/' ;;
        python3-influxdb) say '  the client for InfluxDB 1.x of Python: pip install influxdb' ;;
        libfaketime) say '  libfaketime: https://github.com/wolfcw/libfaketime' ;;
      esac
    done
    unavailable=$missing
    return
  fi
  [ "$(id -u)" -eq 0 ] || has sudo ||
    fail "installing$missing needs root; run this as root: apt-get install --no-install-recommends$missing"

  say 'Debian packages: updating the list (apt-get update)'
  apt update >/dev/null || say 'apt-get update failed; going on with the list there is'
  for package in $missing; do
    if ! apt-cache show "$package" >/dev/null 2>&1; then
      say "$package: not in this distribution ($(distribution)); its tests need $(purpose_of "$package")"
      unavailable="$unavailable $package"
      continue
    fi
    say "$package: installing (apt-get install)"
    apt install --no-install-recommends "$package" || fail "$package could not be installed; see above"
    is_there "$package" || fail "$package is installed, but there is no $(purpose_of "$package")"
  done
}

distribution() {
  # shellcheck source=/dev/null
  (. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-unknown}") || printf 'unknown'
}

for package; do
  purpose_of "$package" >/dev/null || fail "it can install influxdb, victoria-metrics, chromium, python3-influxdb and libfaketime, not \"$package\""
done

if [ $# -gt 0 ]; then
  find_missing "$@"
  [ -z "$missing" ] || install_missing
  [ -z "${unavailable:-}" ]
  exit
fi

check_node
install_node_modules
find_missing influxdb victoria-metrics chromium python3-influxdb libfaketime
[ -z "$missing" ] || install_missing
if [ -z "${unavailable:-}" ]; then
  say 'ready: npm test'
else
  say "without$unavailable, those tests fail that need it"
fi
