# Tools that come as wheels from PyPI: prebuilt, so that no check compiles one. To be sourced.
# shellcheck shell=bash

# pypi_tools FOLDER PACKAGE==VERSION...: a virtual environment with these packages in it. Where it has
# them already, nothing is asked. Fails where Python, its venv or PyPI can't be had.
pypi_tools() {
  local folder=$1 wanted="${*:2}"
  if [[ -f $folder/installed && $(<"$folder/installed") == "$wanted" ]]; then return; fi
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  python3 -m venv "$folder" || return
  # Wheels alone: a source package would run its own set-up script here, and might download anything.
  "$folder/bin/pip" install -q --disable-pip-version-check --only-binary :all: "${@:2}" || return
  printf '%s' "$wanted" >"$folder/installed"
}
