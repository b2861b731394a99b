#!/bin/sh
# Prepares this checkout: the virtual environment .venv with the extras named as arguments, and the Debian packages
# that the demo and the tests use. Run again it only does what is missing.
#   scripts/setup.sh "demo" "prometheus prometheus-alertmanager"
set -eu
cd "$(dirname "$0")/.."
extras=$1
packages=${2:-}

say() { printf 'setup: %s\n' "$*" >&2; }

# RUNLEVEL=1 keeps Debian from starting the services that it installs: we start our own, on free ports.
apt_install() {
    say "installing Debian packages: $*"
    apt-get update -qq || say "apt-get update failed; going on with the package lists at hand"
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

command_of() {
    case $1 in
        prometheus-alertmanager) echo prometheus-alertmanager alertmanager ;;
        postgresql) echo pg_ctlcluster pg_ctl ;;
        *) echo "$1" ;;
    esac
}

present() {
    for name in $(command_of "$1"); do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

missing=""
for package in $packages; do
    present "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    if may_install; then
        # shellcheck disable=SC2086
        apt_install $missing || say "could not install$missing; what needs them is left out"
    else
        say "missing:$missing. What needs them is left out. To install: sudo apt-get install$missing"
    fi
fi

python=""
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$name
        break
    fi
done
[ -n "$python" ] || { say "Python 3.11 or newer is needed; found: $(python3 --version 2>&1 || echo none)"; exit 1; }

if [ ! -x .venv/bin/python ]; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        may_install || { say "python3-venv is needed: sudo apt-get install python3-venv"; exit 1; }
        apt_install python3-venv
    fi
    say "creating .venv with $("$python" --version)"
    "$python" -m venv .venv
fi

wanted=""
for extra in $(echo "$extras" | tr , ' '); do
    stamp=.venv/installed-$extra
    # The compiled decoder is built with the package.
    if [ ! -e "$stamp" ] || [ -n "$(find pyproject.toml setup.py exporter/inference_exporter/decode/_rows -newer "$stamp")" ]
    then
        wanted=${wanted:+$wanted,}$extra
    fi
done
if [ -n "$wanted" ]; then
    say "installing Python packages: $wanted (a minute or two the first time)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$wanted]"
    for extra in $(echo "$wanted" | tr , ' '); do touch ".venv/installed-$extra"; done
fi
