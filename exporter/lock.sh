#!/bin/sh
# Writes exporter/requirements*.txt: what the image installs, pinned by hash. Needs uv (pip install uv).
#   exporter/lock.sh
set -eu
cd "$(dirname "$0")/.."

lock() { # NAME UV_ARGUMENT...
    target=exporter/requirements$1.txt
    shift
    uv pip compile "$@" --universal --python-version 3.11 --generate-hashes --no-annotate --quiet \
        --custom-compile-command exporter/lock.sh --output-file "$target"
}

lock "" pyproject.toml
lock -arrow pyproject.toml --extra arrow
lock -demo pyproject.toml --extra demo
echo 'setuptools>=68' | lock -build -
