#!/usr/bin/env bash
# PostgreSQL on 127.0.0.1, for the tests and the bench of the reference marketplace. Nothing of it survives a stop.
#
#   scripts/postgres.sh install            installs PostgreSQL and Chromium with apt-get (Debian, Ubuntu; as root or with sudo)
#   scripts/postgres.sh start FOLDER PORT  starts it; FOLDER must not exist
#   scripts/postgres.sh stop FOLDER        stops it and deletes the folder
#
# `start` prints the URL for DATABASE_URL. It exits with 69 if PostgreSQL is not installed.
set -euo pipefail

fail() {
  echo "postgres.sh: $1" >&2
  exit "${2:-1}"
}

# Debian keeps the programs of each version in a folder of its own.
programs() {
  local folder
  folder=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
  [ -n "$folder" ] || fail "PostgreSQL is not installed: scripts/postgres.sh install" 69
  echo "$folder"
}

# The server refuses to run as root.
as_user() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

install_packages() {
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -q
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql chromium
}

start() {
  local folder=$1 port=$2 bin
  bin=$(programs)
  [ ! -e "$folder" ] || fail "$folder exists"
  mkdir -p "$folder"
  trap "$(printf 'explain_failure %q %q' "$folder" "$bin")" EXIT
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  as_user "$bin/initdb" --pgdata="$folder" --username=postgres --auth=trust >&2
  # No socket file, because its path could be too long or have spaces. The tests lose nothing when the machine stops.
  as_user "$bin/pg_ctl" --pgdata="$folder" --log="$folder/log" --wait \
    --options="-k '' -h 127.0.0.1 -p $port -c fsync=off" start >&2
  trap - EXIT
  echo "postgres://postgres@127.0.0.1:$port/postgres"
}

explain_failure() {
  tail -n 5 "$1/log" >&2 || true
  delete "$1" "$2"
  echo "postgres.sh: PostgreSQL does not start: see the lines above" >&2
}

# Ends the server, if it runs, and deletes its folder.
delete() {
  as_user "$2/pg_ctl" --pgdata="$1" --mode=immediate stop >/dev/null 2>&1 || true
  rm -rf "$1"
}

stop() {
  local bin
  [ -f "$1/PG_VERSION" ] || fail "$1 is not a folder of this script"
  bin=$(programs)
  delete "$1" "$bin"
}

case "${1:-} $#" in
  "install 1") install_packages ;;
  "start 3") start "$2" "$3" ;;
  "stop 2") stop "$2" ;;
  *) fail "usage: postgres.sh install | start FOLDER PORT | stop FOLDER" 64 ;;
esac
