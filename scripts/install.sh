#!/bin/sh
# Make the virtual environment in $1 and install aislescan into it, with the zbar library where apt can fetch it.
set -eu
venv=$1

python=
for candidate in python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "aislescan needs Python 3.11 or newer, and found none. On Debian or Ubuntu: sudo apt install python3 python3-venv" >&2
    exit 5
fi

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else return 1; fi
}

if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    if ! { as_root apt-get update -qq && as_root apt-get install -y -qq python3-venv; } >/dev/null 2>&1 ||
        ! "$python" -m venv "$venv"; then
        echo "Python cannot make a virtual environment here. Type: sudo apt install python3-venv   and then the same make command again" >&2
        exit 5
    fi
fi

"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

# pyzbar calls libzbar, which pip does not bring on Linux. Without it everything else works; fewer EAN and Code 39 labels are read.
if ! "$venv/bin/python" -c 'import pyzbar.pyzbar' 2>/dev/null; then
    if ! { as_root apt-get install -y -qq libzbar0 || { as_root apt-get update -qq && as_root apt-get install -y -qq libzbar0; }; } >/dev/null 2>&1; then
        echo "Note: the zbar library is missing, so the second reading engine stays off. To have it, type: sudo apt install libzbar0" >&2
    fi
fi
