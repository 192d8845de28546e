#!/usr/bin/env bash
# Pairs of client and server from different Debian suites, as a table:
#   test/clients/stacks/run.sh [--kinds 'ours reference'] [--servers 'bookworm trixie forky'] [--clients 'bookworm trixie forky']
# bookworm is this machine (scripts/setup.sh --clients); the others are chroots of scripts/stack.sh, which need root. Ours loads
# build/Release. --venus looks for "Virtio-GPU Venus" in forky instead. Exit code 1 if a pair does not work.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
checks=test/clients/stacks
START_LIMIT_S=120

kinds='ours reference' servers='bookworm trixie forky' clients='bookworm trixie forky' venus=
while (($#)); do
  case $1 in
    --kinds | --servers | --clients)
      (($# > 1)) || { echo "stacks: Expected a value after $1" >&2 && exit 2; }
      declare "${1#--}=$2"
      shift
      ;;
    --venus) venus=1 ;;
    *) echo "stacks: unknown argument $1" >&2 && exit 2 ;;
  esac
  shift
done
cd "$here"
export PREBUILDS_ONLY='' # stack.sh: build/Release

# Sockets lie in the checkout, which every chroot has at the same place.
mkdir -p out
folder=$(mktemp -d "$here/out/stacks.XXXXXX")
server=
# The server is the leader of a session: what it and the chroot started ends with it.
stop_server() {
  [[ -z $server ]] || { kill -- "-$server" && wait "$server"; } 2>/dev/null || true
  server=
}
trap 'stop_server; rm -rf "$folder"' EXIT

# Prints what it takes to run something in a suite.
in_suite() {
  [[ $1 == bookworm ]] || printf '%s\n' scripts/stack.sh --clients "$1" --
}

# start_server SUITE ours|reference SOCKET OPTION…: waits for the socket.
start_server() {
  local suite=$1 kind=$2 socket=$3 command=(virgl_test_server)
  shift 3
  [[ $kind == reference ]] || command=(node dist/cli/main.js vtest)
  mapfile -t enter < <(in_suite "$suite")
  setsid "${enter[@]}" env EGL_PLATFORM=surfaceless "${command[@]}" --socket-path="$socket" "$@" \
    >"$folder/server.log" 2>&1 &
  server=$!
  for ((i = 0; i < START_LIMIT_S * 10; i++)); do
    [[ ! -S $socket ]] || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 5 "$folder/server.log" >&2
  return 1
}

failed=0
# row SERVER-SUITE KIND CLIENT-SUITE COMMAND…: a line of the table.
row() {
  local what=$1 kind=$2 client=$3 outcome code=0
  shift 3
  mapfile -t enter < <(in_suite "$client")
  outcome=$("${enter[@]}" "$@" 2>"$folder/client.log") || code=$?
  if ((code != 0)); then
    failed=1
    outcome="FAILED: ${outcome:-no answer}"
    tail -n 15 "$folder/client.log" "$folder/server.log" >&2
  fi
  printf '| %-10s | %-9s | %-10s | %s |\n' "$what" "$kind" "$client" "${outcome//|/ }"
}

printf '| %-10s | %-9s | %-10s | %s |\n' server kind client outcome
echo '|---|---|---|---|'
if [[ -n $venus ]]; then
  for kind in $kinds; do
    socket=$folder/venus-$kind
    start_server forky "$kind" "$socket" --venus --no-virgl || failed=1
    row forky "$kind" forky "$checks/check-venus.sh" "$socket"
    stop_server
  done
else
  for suite in $servers; do
    for kind in $kinds; do
      socket=$folder/$suite-$kind
      start_server "$suite" "$kind" "$socket" --use-egl-surfaceless || failed=1
      for client in $clients; do row "$suite" "$kind" "$client" "$checks/check.sh" "$socket"; done
      stop_server
    done
  done
fi
exit "$failed"
