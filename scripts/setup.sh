#!/bin/sh
# Set-up of a development checkout: Debian packages, a virtual environment, pinned Python packages.
# Usage: setup.sh [PYTHON]. Called by make; safe to run again.
set -eu
python=${1:-python3}
say() { echo "setup: $*" >&2; }

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || { say "no $python; install Python 3.11 or newer"; exit 2; }
case $version in
  3.1[1-9]|3.[2-9][0-9]) ;;
  *) say "$python is Python $version; 3.11 or newer is needed (make PYTHON=python3.12 …)"; exit 2 ;;
esac

# ---- Debian packages: what each is for, and what happens without it
wanted=""
want() { wanted="$wanted $1"; }
"$python" -c 'import venv, ensurepip' 2>/dev/null || want python3-venv          # without: no set-up
ldconfig -p 2>/dev/null | grep -q 'libGL\.so\.1' || want libgl1                  # without: headless OpenCV
ldconfig -p 2>/dev/null | grep -q 'libglib-2\.0\.so\.0' || want libglib2.0-0     # without: headless OpenCV
command -v pdftoppm >/dev/null || want poppler-utils                             # without: pdfium renders PDFs
[ -e /usr/share/fonts/truetype/liberation2 ] || want fonts-liberation2           # without: DejaVu Serif

if [ -n "$wanted" ] && command -v apt-get >/dev/null; then
  root=""
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root="sudo -n"; else root=none; fi
  fi
  if [ "$root" = none ]; then
    say "needs Debian packages but is neither root nor allowed sudo; as root run: apt-get install$wanted"
  else
    say "installing Debian packages:$wanted"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if ! { $root apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 ||
           { $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends $wanted >/dev/null; }; }; then
      say "apt-get could not install:$wanted – going on without where that is possible"
    fi
  fi
fi

# ---- the environment
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  say "Python's venv is missing and could not be installed; as root run: apt-get install python3-venv"; exit 2
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
say "installing Python packages (pinned in constraints.txt)"
.venv/bin/python -m pip install -q --disable-pip-version-check --prefer-binary -c constraints.txt -e '.[dev]'

# ---- compiled once here: where Python may not write bytecode every command would compile it anew
.venv/bin/python -m compileall -q ballot_scan

# ---- OpenCV: the package the product names, or its headless twin where the system libraries are missing
if ! .venv/bin/python -c 'import cv2' 2>/dev/null; then
  pinned=$(sed -n 's/^opencv-python==//p' constraints.txt)
  say "opencv-python lacks system libraries (libgl1, libglib2.0-0): taking opencv-python-headless instead"
  .venv/bin/python -m pip uninstall -q -y opencv-python
  .venv/bin/python -m pip install -q --disable-pip-version-check --prefer-binary "opencv-python-headless==$pinned"
  .venv/bin/python -c 'import cv2' || { say "OpenCV cannot be imported; run: apt-get install libgl1 libglib2.0-0"; exit 2; }
fi
.venv/bin/python -c 'import cv2' 
