#!/bin/sh
# Make the virtual environment in $1 and install aislescan into it, with the zbar library where apt can fetch it.
# May be run again at any time: it mends what an interrupted run left.
set -eu
venv=$1

as_root() {
    [ "$(id -u)" = 0 ] && "$@"
}

apt_install() {
    as_root apt-get install -y -qq "$@" >/dev/null 2>&1 ||
        { as_root apt-get update -qq && as_root apt-get install -y -qq "$@"; } >/dev/null 2>&1
}

is_new_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The first Python that can make an environment: on Debian a python3.12 may be there whose venv package is not.
found=
make_venv() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        if is_new_enough "$candidate"; then
            found=$candidate
            if "$candidate" -m venv "$venv" >/dev/null 2>&1; then return 0; fi
        fi
    done
    return 1
}

pip_install() {
    if ! output=$("$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" 2>&1); then
        echo "$output" >&2
        echo "The installation stopped at the message above. If it names the network, mend that and type the same command again." >&2
        exit 5
    fi
}

# uv installs the same hashes in a sixth of pip's time. Where it cannot (no wheel of it, an index that only pip is set up for), pip does.
install_locked() {
    awk '/^uv==/ { mine = 1 } mine { print } mine && !/\\$/ { exit }' requirements.lock >"$venv/uv.lock"
    if "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$venv/uv.lock" >/dev/null 2>&1 &&
        "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes \
            -r requirements.lock >/dev/null 2>&1; then
        return 0
    fi
    pip_install --require-hashes -r requirements.lock
}

echo "Installing aislescan into $venv. This is needed once and takes about a minute."
if ! make_venv; then
    if [ -z "$found" ]; then
        echo "aislescan needs Python 3.11 or newer, and found none. On Debian or Ubuntu, type:" >&2
        echo "    sudo apt install python3 python3-venv" >&2
        exit 5
    fi
    if ! { apt_install python3-venv && make_venv; }; then
        echo "$found cannot make a virtual environment. On Debian or Ubuntu, type:" >&2
        echo "    sudo apt install python3-venv" >&2
        echo "and then the same command again." >&2
        exit 5
    fi
fi

install_locked
pip_install --no-deps --no-build-isolation --editable .

# pyzbar calls libzbar, which pip does not bring on Linux. Without it everything else works; fewer EAN and Code 39 labels are read.
if ! "$venv/bin/python" -c 'import pyzbar.pyzbar' 2>/dev/null && ! apt_install libzbar0; then
    echo "Note: the zbar library is missing, so the second reading engine stays off. To have it, type:" >&2
    echo "    sudo apt install libzbar0        (on a Mac: brew install zbar)" >&2
fi
