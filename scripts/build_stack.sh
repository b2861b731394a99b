#!/bin/sh
# Builds the Prometheus and Alertmanager of docker-compose.yml from their Go modules, once, into a cache outside this
# checkout: ${XDG_CACHE_HOME:-~/.cache}/inference-exporter/NAME-VERSION/. The tests then run the rules with these
# programs as well as with Debian's older ones; tests/bundle/programs.py finds them by the versions below.
# Without a Go toolchain, or without the modules, it says why, and those tests skip.
#   scripts/build_stack.sh
set -eu
PROMETHEUS=0.316.0    # the Go module of Prometheus 3.16.0
ALERTMANAGER=0.35.0
TAGS=netgo,osusergo,remove_all_sd  # no service discovery of clouds, which would be most of the build
TIME_LIMIT=1500  # seconds for all of them; an idle machine with two cores needs about 400

cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/inference-exporter
deadline=$(($(date +%s) + TIME_LIMIT))

say() { printf 'build_stack: %s\n' "$*" >&2; }

folder_of() { echo "$cache/$1-$2"; }

# A copy of the module's source that can be written to, since the module cache cannot.
fetch() { # MODULE VERSION FOLDER
    source=$(go mod download -json "github.com/prometheus/$1@v$2" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
    [ -n "$source" ] || return 1
    cp -R "$source" "$3" && chmod -R u+w "$3"
    # Alertmanager embeds its web page, which only a release contains: an empty page takes its place.
    [ "$1" != alertmanager ] || { mkdir -p "$3/ui/app/dist/elm" && : >"$3/ui/app/dist/elm/index.html"; }
}

build() { # SOURCE VERSION PROGRAM FOLDER
    # Two compilers at a time and a low priority: whoever uses this machine does not notice.
    left=$((deadline - $(date +%s)))
    [ "$left" -gt 0 ] || return 1
    (cd "$1" && GOWORK=off GOFLAGS="-mod=readonly -buildvcs=false" CGO_ENABLED=0 timeout "$left" \
        nice -n 10 go build -p 2 -trimpath -tags "$TAGS" \
        -ldflags "-s -w -X github.com/prometheus/common/version.Version=$2" -o "$4/.$3" "./cmd/$3") &&
        mv "$4/.$3" "$4/$3"
}

build_all() { # MODULE VERSION REPORTED_VERSION PROGRAM...
    module=$1 version=$2 reported=$3
    shift 3
    folder=$(folder_of "$module" "$version")
    missing=""
    for program in "$@"; do
        [ -x "$folder/$program" ] || missing="$missing $program"
    done
    [ -n "$missing" ] || return 0
    mkdir -p "$folder" || { say "no place for $module in $cache; its tests skip"; return 0; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT INT TERM
    say "building $module $reported, once: some minutes"
    fetch "$module" "$version" "$work/source" || { say "$module $version cannot be downloaded; its tests skip"; return 0; }
    for program in $missing; do
        build "$work/source" "$reported" "$program" "$folder" || say "$program $reported cannot be built; its tests skip"
    done
    rm -rf "$work"
}

command -v go >/dev/null || { say "no Go toolchain: rules are tested with the installed Prometheus alone"; exit 0; }
build_all prometheus "$PROMETHEUS" "3.${PROMETHEUS#0.3}" promtool prometheus
build_all alertmanager "$ALERTMANAGER" "$ALERTMANAGER" amtool alertmanager
