# Looks for all that scripts/test needs before anything is built. To be sourced after needs.bash.

missing=()  # in words, each with how to get it
packages=() # Debian's

has() { command -v "$1" >/dev/null; }

# lacks WHAT HOW PACKAGE...
lacks() {
  missing+=("$1. $2")
  shift 2
  packages+=("$@")
}

postgres_does() {
  local initdb
  for initdb in "$(command -v initdb)" /usr/lib/postgresql/*/bin/initdb /{opt/homebrew,usr/local}/opt/postgresql*/bin/initdb; do
    if [[ -x $initdb ]]; then return; fi
  done
  return 1
}

# Fills `missing` and `packages`. WITH_POSTGRES is yes or no.
look_for_needs() {
  local with_postgres=$1
  missing=()
  packages=()
  # aws-lc and SQLite are C; neither needs cmake on the platforms that are supported.
  if ! has cc; then lacks 'a C compiler (cc)' 'Debian: apt-get install gcc libc6-dev' gcc libc6-dev; fi
  if ! node_does; then lacks "$node_what" "$node_how" nodejs npm; fi
  if ! chromium_does; then lacks "Chromium ($CHROMIUM)" "$chromium_how" "${chromium_packages[@]}"; fi
  if ! python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    lacks 'Python 3.11 or later with venv' 'Debian: apt-get install python3 python3-venv' python3 python3-venv
  fi
  if ! has curl; then lacks curl 'Debian: apt-get install curl' curl; fi
  if ! has prlimit; then lacks 'prlimit of util-linux' 'Debian: apt-get install util-linux' util-linux; fi
  if [[ $with_postgres == yes ]] && ! postgres_does; then
    # scripts/postgres installs it, without the server that Debian's package would start.
    lacks PostgreSQL 'Debian, Ubuntu: apt-get install postgresql; or leave it out: scripts/test --sqlite-only'
  fi
}

# The needs of the steps that are going to run. Ends with status 3 where one is missing and can't be had.
all_needs() {
  local with_postgres=$1 why
  if ! has cargo; then
    say 'there is no cargo on this machine. Install Rust by https://rustup.rs; it then comes by rust-toolchain.toml.'
    exit 3
  fi
  look_for_needs "$with_postgres"
  if ((${#missing[@]} == 0)); then
    echo '    all there: cargo, C compiler, Node, Chromium, Python, curl, util-linux'"$([[ $with_postgres == yes ]] && echo ', PostgreSQL')"
    return
  fi
  why=$(why_no_apt)
  if [[ -n $why ]]; then all_missing "$why"; fi
  if ((${#packages[@]})); then
    say "installing by apt-get: ${packages[*]}"
    apt_get "${packages[@]}" || true
  fi
  if [[ $with_postgres == yes ]] && ! postgres_does; then scripts/postgres run -- true || true; fi
  look_for_needs "$with_postgres"
  if ((${#missing[@]})); then all_missing 'apt-get did not bring it'; fi
}

all_missing() {
  say "this is missing on this machine, and $1:"
  printf '    %s\n' "${missing[@]}" >&2
  exit 3
}

# What a first run costs, where nothing has been built yet.
announce_first_run() {
  if [[ -d ${CARGO_TARGET_DIR:-target}/debug/deps ]]; then return; fi
  echo '    Nothing is built yet: a first run downloads crates, npm and PyPI packages, fills about 6 GB'
  echo '    below target/ and the node_modules folders, and takes 20 to 25 minutes on two cores. Later runs build what changed.'
}
