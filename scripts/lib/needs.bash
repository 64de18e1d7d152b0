# What scripts need of the machine that is neither Rust nor this project's: Node, Chromium, npm
# packages. To be sourced. Where something is missing, Debian's is installed by apt-get (as root, or
# with sudo that asks for no password); otherwise the script ends with status 3 and says what to install.

say() { printf 'scripts/%s: %s\n' "$(basename "$0")" "$*" >&2; }

unavailable() {
  say "there is no $1 on this machine, and $2."
  say "Install it: $3"
  exit 3
}

privilege=() # what comes before a command that needs root

# Why apt-get can't install anything here; nothing where it can.
why_no_apt() {
  privilege=()
  if ! command -v apt-get >/dev/null; then
    echo 'there is no apt-get to install it with'
  elif ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    echo 'installing it needs root, or sudo without a password'
  fi
}

# apt_get PACKAGE...: with fresh lists, since those of an image name packages that are gone.
apt_get() {
  if ((EUID != 0)); then privilege=(sudo -n); fi
  # `+`: bash before 4.4 takes an empty array for an unset one.
  local apt=(${privilege[@]+"${privilege[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "$@" >&2 || return
  # bash remembers where it found a program.
  hash -r
}

# apt_install WHAT HOW PACKAGE...: by apt-get, or words on how else.
apt_install() {
  local what=$1 how=$2 why
  shift 2
  why=$(why_no_apt)
  if [[ -n $why ]]; then unavailable "$what" "$why" "$how"; fi
  say "there is no $what: installing $* by apt-get"
  apt_get "$@" || unavailable "$what" 'apt-get could not install it (its words are above)' "$how"
}

# --- Node ---------------------------------------------------------------------------------------

node_what='Node 20.19 or later with npm'
node_how='https://nodejs.org/en/download, or Debian 13: apt-get install nodejs npm'

node_does() { command -v npm >/dev/null && node -e '
  const [major, minor] = process.versions.node.split(".").map(Number)
  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null; }

needs_node() {
  if node_does; then return; fi
  apt_install "$node_what" "$node_how" nodejs npm
  node_does || unavailable "$node_what" 'the one of this Debian is older' "$node_how"
}

# The packages that package-lock.json in this folder names. npm ci takes half a minute: not where
# they have been there since it last changed.
npm_packages() {
  local mark=node_modules/.package-lock.json
  if [[ $mark -nt package-lock.json && $mark -nt package.json ]]; then return; fi
  npm ci --no-audit --no-fund --prefer-offline --loglevel=error
}

# --- Chromium -----------------------------------------------------------------------------------

chromium_how='Debian: apt-get install chromium; elsewhere set CHROMIUM to the path of a Chromium or Chrome'
# Text has no shape without a font.
chromium_packages=(chromium fonts-dejavu-core)

chromium_does() {
  export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
  [[ -x $CHROMIUM ]]
}

# Exports CHROMIUM.
needs_chromium() {
  if chromium_does; then return; fi
  if [[ $CHROMIUM != /usr/bin/chromium ]]; then unavailable "$CHROMIUM" 'CHROMIUM names it' "$chromium_how"; fi
  apt_install Chromium "$chromium_how" "${chromium_packages[@]}"
}
