# What scripts need of the machine that is neither Rust nor this project's: Node, Chromium, npm
# packages. To be sourced. Where something is missing and apt-get runs as root, Debian's is
# installed; otherwise the script ends with status 3 and says what to install.

say() { printf 'scripts/%s: %s\n' "$(basename "$0")" "$*" >&2; }

unavailable() {
  say "there is no $1 on this machine, and $2."
  say "Install it: $3"
  exit 3
}

# apt_install WHAT HOW PACKAGE...: by apt-get, or words on how else.
apt_install() {
  local what=$1 how=$2
  shift 2
  if ! command -v apt-get >/dev/null; then unavailable "$what" 'no apt-get to install it with' "$how"; fi
  if ((EUID != 0)); then unavailable "$what" 'only root can install it' "$how"; fi
  say "there is no $what: installing $* by apt-get"
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >&2 ||
    unavailable "$what" 'apt-get could not install it (apt-get update may help)' "$how"
  # bash remembers where it found a program.
  hash -r
}

node_does() { command -v npm >/dev/null && node -e '
  const [major, minor] = process.versions.node.split(".").map(Number)
  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null; }

needs_node() {
  local what='Node 20.19 or later with npm'
  local how='https://nodejs.org/en/download, or Debian 13: apt-get install nodejs npm'
  if node_does; then return; fi
  apt_install "$what" "$how" nodejs npm
  node_does || unavailable "$what" 'the one of this Debian is older' "$how"
}

# Exports CHROMIUM.
needs_chromium() {
  local how='Debian: apt-get install chromium; elsewhere set CHROMIUM to the path of a Chromium or Chrome'
  export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
  if [[ -x $CHROMIUM ]]; then return; fi
  if [[ $CHROMIUM != /usr/bin/chromium ]]; then unavailable "$CHROMIUM" 'CHROMIUM names it' "$how"; fi
  # Text has no shape without a font.
  apt_install Chromium "$how" chromium fonts-dejavu-core
}

# The packages that package-lock.json in this folder names. npm ci takes half a minute: not where
# they have been there since it last changed.
npm_packages() {
  local mark=node_modules/.package-lock.json
  if [[ $mark -nt package-lock.json && $mark -nt package.json ]]; then return; fi
  npm ci --no-audit --no-fund --prefer-offline --loglevel=error
}
