#!/bin/sh
# Builds the Prometheus and Alertmanager of docker-compose.yml, and Helm, from their Go modules, once, into a cache outside
# this checkout: ${XDG_CACHE_HOME:-~/.cache}/inference-exporter/NAME-VERSION/. The tests then run the rules with these
# programs as well as with Debian's older ones, render the chart with Helm, and validate Kubernetes objects against the
# schemas of their operators; tests/bundle/programs.py finds all of them by the versions below.
# Without a Go toolchain, or without the modules, it says why, and those tests skip.
#   scripts/build_stack.sh
set -eu
PROMETHEUS=0.316.0    # the Go module of Prometheus 3.16.0
ALERTMANAGER=0.35.0
HELM=3.16.4
PROMETHEUS_OPERATOR=0.85.0
KSERVE=0.15.2
SELDON=1.19.0
TAGS=netgo,osusergo,remove_all_sd  # no service discovery of clouds, which would be most of the build
TIME_LIMIT=1500  # seconds for all of them; an idle machine with two cores needs about 400

cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/inference-exporter
deadline=$(($(date +%s) + TIME_LIMIT))

say() { printf 'build_stack: %s\n' "$*" >&2; }

folder_of() { echo "$cache/$1-$2"; }

path_of() { [ "$1" = helm ] && echo helm.sh/helm/v3 || echo "github.com/prometheus/$1"; }

source_of() { # MODULE_PATH VERSION
    timeout 300 go mod download -json "$1@v$2" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p'
}

# A copy of the module's source that can be written to, since the module cache cannot.
fetch() { # MODULE VERSION FOLDER
    source=$(source_of "$(path_of "$1")" "$2")
    [ -n "$source" ] || return 1
    cp -R "$source" "$3" && chmod -R u+w "$3"
    # Alertmanager embeds its web page, which only a release contains: an empty page takes its place.
    [ "$1" != alertmanager ] || { mkdir -p "$3/ui/app/dist/elm" && : >"$3/ui/app/dist/elm/index.html"; }
}

build() { # SOURCE VERSION PROGRAM FOLDER
    # Two compilers at a time with low priority, so that the machine stays usable.
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

copy_schemas() { # NAME VERSION MODULE_PATH FOLDER_IN_MODULE FILE...
    folder=$(folder_of "$1-schemas" "$2")
    [ ! -d "$folder" ] || return 0
    source=$(source_of "$3" "$2")
    [ -n "$source" ] || { say "the schemas of $1 $2 cannot be downloaded; their tests skip"; return 0; }
    mkdir -p "$folder.partial"
    inside=$source/$4
    shift 4
    for file in "$@"; do cp "$inside/$file.yaml" "$folder.partial/"; done
    mv "$folder.partial" "$folder"
}

command -v go >/dev/null || { say "no Go toolchain: rules are tested with the installed Prometheus alone"; exit 0; }
build_all prometheus "$PROMETHEUS" "3.${PROMETHEUS#0.3}" promtool prometheus
build_all alertmanager "$ALERTMANAGER" "$ALERTMANAGER" amtool alertmanager
copy_schemas prometheus-operator "$PROMETHEUS_OPERATOR" github.com/prometheus-operator/prometheus-operator \
    example/prometheus-operator-crd monitoring.coreos.com_servicemonitors monitoring.coreos.com_podmonitors \
    monitoring.coreos.com_prometheusrules
copy_schemas kserve "$KSERVE" github.com/kserve/kserve config/crd/full serving.kserve.io_inferenceservices
copy_schemas seldon "$SELDON" github.com/seldonio/seldon-core/operator config/crd/bases \
    machinelearning.seldon.io_seldondeployments
build_all helm "$HELM" "$HELM" helm
