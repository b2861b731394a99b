#!/bin/sh
# Creates the secrets that docker-compose.yml reads, each in its own file, in ./secrets or the folder given.
# Existing secrets stay unchanged.
# Each file in secrets/alertmanager switches on a receiver (docs/alerting.md): run this again after you add one, so that
# Alertmanager can read it.
set -eu

examples=$(dirname "$0")
folder=${1:-"$examples/../secrets"}

# The folder is closed to other people of this machine. The files have to be open within: each container reads its own
# as its own user.
mkdir -p "$folder/alertmanager"
chmod 0700 "$folder"
chmod 0755 "$folder/alertmanager"

if [ ! -e "$folder/grafana_admin_password" ]; then
    # od instead of a random string, since it is on every machine: 16 bytes in hexadecimal.
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n' > "$folder/grafana_admin_password"
fi
if [ -e "$folder/slack_url" ]; then # where earlier versions had it
    mv "$folder/slack_url" "$folder/alertmanager/slack_url"
elif [ ! -e "$folder/alertmanager/slack_url" ]; then
    cp "$examples/slack_url" "$folder/alertmanager/slack_url"
fi
chmod 0444 "$folder/grafana_admin_password" "$folder/alertmanager"/*

echo "Grafana: user admin, password in $folder/grafana_admin_password"
echo "Chat: put the webhook address of your Slack into $folder/alertmanager/slack_url; until then: docker compose logs -f chat-webhook"
