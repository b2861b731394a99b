#!/bin/sh
# Prints alertmanager.yml with a receiver for each secret that is there: Alertmanager has no includes, and an address or
# key in a file that is missing would be an error with each message.
#
#   sh configure.sh [SECRETS] > /etc/prometheus/alertmanager.yml     SECRETS is a folder, by default /run/secrets
#
# receivers/ROLE/NAME.yml is used where SECRETS/NAME is a file that is not empty. The roles are team (every receiver
# without another role), page and dead-man. A receiver for which no secret is there stays as alertmanager.yml has it.
# What the installed Alertmanager is too old for is left out and named on stderr; ALERTMANAGER_VERSION overrules it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
secrets=${1:-/run/secrets}

installed_version() {
    for program in alertmanager prometheus-alertmanager; do
        ! command -v "$program" >/dev/null || { "$program" --version 2>&1; return; }
    done
}

# 0.28.1 becomes 28, 1.2 becomes 1002; without a version everything is taken.
number_of() { echo "$1" | sed -n 's/^\([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | { read -r major minor || exit 0; echo $((major * 1000 + minor)); }; }

version=${ALERTMANAGER_VERSION:-$(installed_version | sed -n 's/.*version \([0-9][0-9.]*\).*/\1/p' | head -n 1)}
[ -n "$version" ] || { echo "configure.sh: no Alertmanager found, so its version is taken to be new enough" >&2; version=999.0; }

sections_of() { # ROLE
    for file in "$here/receivers/$1"/*.yml; do
        name=$(basename "$file" .yml)
        [ -s "$secrets/$name" ] || continue
        needed=$(sed -n '1s/^# needs Alertmanager //p' "$file")
        if [ "$(number_of "$version")" -lt "$(number_of "$needed")" ]; then
            echo "configure.sh: $name needs Alertmanager $needed, this is $version: left out" >&2
        else
            sed -e '1d' -e "s#/run/secrets#$secrets#" -e 's/^/    /' "$file"
        fi
    done
}

team=$(sections_of team)
page=$(sections_of page)
dead_man=$(sections_of dead-man)

in_receivers=false replaced=false
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
        receivers:*) in_receivers=true replaced=false ;;
        [a-z]*) in_receivers=false replaced=false ;;
    esac
    case $in_receivers$line in
        true"  - name: "*)
            name=${line#"  - name: "}
            case ${name%% *} in
                nobody) sections= ;;
                page) sections=$page ;;
                dead-man) sections=$dead_man ;;
                *) sections=$team ;;
            esac
            printf '%s\n' "$line"
            replaced=false
            [ -z "$sections" ] || { replaced=true; printf '%s\n' "$sections"; }
            ;;
        true"    "*) [ "$replaced" = true ] || printf '%s\n' "$line" ;;
        false"  - templates/"*) printf '  - %s/%s\n' "$here" "${line#"  - "}" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < "$here/alertmanager.yml" | sed "s#/run/secrets#$secrets#"
