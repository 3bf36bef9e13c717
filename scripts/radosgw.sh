#!/usr/bin/env bash
# Ceph's S3 gateway (radosgw) on 127.0.0.1, for tests against a real object store. One monitor and one storage daemon
# that keeps everything in memory stand behind it; nothing of it survives a stop.
#
#   scripts/radosgw.sh install            installs the packages with apt-get (Debian 12, Ubuntu; as root or with sudo)
#   scripts/radosgw.sh start FOLDER PORT  starts it; FOLDER must not exist; PORT + 1 and PORT + 2 are used too
#   scripts/radosgw.sh stop FOLDER        stops it and deletes the folder
#
# `start` returns when requests are answered, after about 13 s, and prints one line: URL, access key, secret key. It
# exits with 69 if the packages are not installed. At 4 GiB of stored bytes, uploads hang.
set -euo pipefail

readonly ACCESS_KEY=radosgw-test SECRET_KEY=radosgw-test-secret
readonly PACKAGES=(radosgw ceph-mon ceph-osd ceph-common)
readonly PROGRAMS=(radosgw radosgw-admin ceph-mon ceph-osd ceph ceph-authtool monmaptool curl)

fail() {
  echo "radosgw.sh: $1" >&2
  exit "${2:-1}"
}

install_packages() {
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -q
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${PACKAGES[@]}" curl
}

# Repeats a command twice a second until it succeeds.
wait_for() {
  local what=$1 tries=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$what"
    sleep 0.5
  done
}

write_config() {
  local folder=$1 port=$2 fsid=$3
  cat >ceph.conf <<CONFIG
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = $folder/keyring
mon data = $folder/mon
osd data = $folder/osd
rgw data = $folder/rgw
run dir = $folder/out
log file = $folder/out/\$name.log
admin socket = $folder/out/\$name.asok
pid file = $folder/out/\$name.pid
# One copy of everything, in memory.
osd objectstore = memstore
memstore device bytes = 4294967296
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
mon allow pool size one = true
mon max pg per osd = 1000
mon osd nearfull ratio = 0.99
auth allow insecure global id reclaim = false
rgw frontends = beast endpoint=127.0.0.1:$port
rgw dns name = localhost
# Deleted bytes are freed after seconds, not after hours.
rgw gc obj min wait = 1
rgw gc processor period = 2
rgw gc max concurrent io = 20
CONFIG
}

is_storage_up() {
  timeout 5 ceph -c "$CONF" osd stat | grep -q '1 up'
}

# Starts everything in the current folder, which has the configuration.
run_daemons() {
  local port=$1 fsid=$2 osd
  osd=$(cat /proc/sys/kernel/random/uuid)
  ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool keyring --gen-key -n client.rgw.test --cap mon 'allow rw' --cap osd 'allow rwx'
  ceph-authtool keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" monmap
  ceph-mon -c "$CONF" --mkfs -i a --monmap monmap --keyring keyring
  ceph-mon -c "$CONF" -i a
  timeout 30 ceph -c "$CONF" osd new "$osd"
  ceph-osd -c "$CONF" -i 0 --mkfs --osd-uuid "$osd"
  ceph-osd -c "$CONF" -i 0
  wait_for "the storage daemon does not start" 60 is_storage_up
  radosgw -c "$CONF" -n client.rgw.test --pid-file "$PWD/out/radosgw.pid"
  wait_for "radosgw does not answer on port $port" 120 curl -s -o /dev/null "http://127.0.0.1:$port/"
  radosgw-admin -c "$CONF" user create --uid=test --display-name=test \
    "--access-key=$ACCESS_KEY" "--secret=$SECRET_KEY"
}

explain_failure() {
  tail -n 3 out/start.log >&2
  kill_daemons "$PWD"
  echo "radosgw.sh: it does not start. The logs are in $PWD/out." >&2
}

start() {
  local folder=$1 port=$2 program fsid
  for program in "${PROGRAMS[@]}"; do
    command -v "$program" >/dev/null || fail "$program is not installed: scripts/radosgw.sh install" 69
  done
  [ ! -e "$folder" ] || fail "$folder exists"
  mkdir -p "$folder"/{mon,osd,rgw,out}
  cd "$folder"
  CONF=$PWD/ceph.conf
  fsid=$(cat /proc/sys/kernel/random/uuid)
  write_config "$PWD" "$port" "$fsid"
  trap explain_failure EXIT
  run_daemons "$port" "$fsid" >out/start.log 2>&1
  trap - EXIT
  echo "http://127.0.0.1:$port $ACCESS_KEY $SECRET_KEY"
}

# Nothing of it is kept, so nobody has to wait for an orderly end.
kill_daemons() {
  local folder=$1 file pid
  for file in "$folder"/out/*.pid; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    # A process that ended may have left its number to another one.
    grep -q -a -F "$folder/ceph.conf" "/proc/$pid/cmdline" 2>/dev/null || continue
    kill -9 "$pid" 2>/dev/null || true
  done
}

stop() {
  local folder
  [ -f "$1/ceph.conf" ] || fail "$1 is not a folder of this script"
  folder=$(cd "$1" && pwd)
  kill_daemons "$folder"
  rm -rf "$folder"
}

case "${1:-} $#" in
  "install 1") install_packages ;;
  "start 3") start "$2" "$3" ;;
  "stop 2") stop "$2" ;;
  *) fail "usage: radosgw.sh install | start FOLDER PORT | stop FOLDER" 64 ;;
esac
