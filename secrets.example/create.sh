#!/bin/sh
# Creates the secrets that docker-compose.yml reads, each in its own file, in ./secrets or the folder given.
# Existing secrets stay unchanged.
set -eu

examples=$(dirname "$0")
folder=${1:-"$examples/../secrets"}

# The folder is closed to other people of this machine. The files have to be open within: each container reads its own
# as its own user.
mkdir -p "$folder"
chmod 0700 "$folder"

if [ ! -e "$folder/grafana_admin_password" ]; then
    # od instead of a random string, since it is on every machine: 16 bytes in hexadecimal.
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n' > "$folder/grafana_admin_password"
fi
if [ ! -e "$folder/slack_url" ]; then
    cp "$examples/slack_url" "$folder/slack_url"
fi
chmod 0444 "$folder/grafana_admin_password" "$folder/slack_url"

echo "Grafana: user admin, password in $folder/grafana_admin_password"
echo "Chat: put the webhook address of your Slack into $folder/slack_url; until then: docker compose logs -f chat-webhook"
