#!/usr/bin/env bash
# Runs piglit's tests with Mesa's virpipe through a vtest server, and compares them with the results of virgl_test_server.
#   scripts/piglit.sh [LIST] [--server ours|reference] [--jobs N] [--every N]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
tools=$here/test/clients

LIST=$tools/fixtures/piglit/public.txt
# What virgl_test_server 0.10.4 gave for the names of LIST; other names are run on it, too.
RECORDED=$tools/fixtures/piglit/public.json
# On a busy machine the slowest takes more than a minute.
TEST_LIMIT_S=180

usage() {
  cat <<'TEXT'
usage: scripts/piglit.sh [LIST] [--server ours|reference] [--jobs N] [--every N] [--keep DIR]

Runs the piglit tests that LIST names, a line each, against `virgl vtest`. Prints each result that is worse or better than
with virgl_test_server, and exits with 1 if one is worse. Needs scripts/setup.sh --clients.
  LIST        default: test/clients/fixtures/piglit/public.txt
  --server    ours (default) or reference, which is virgl_test_server itself
  --jobs      tests at once, default: a process per core
  --every N   only every Nth name of the list
  --keep DIR  leave the profile and piglit's own results there
TEXT
}

die() {
  echo "piglit: $*" >&2
  exit 2
}

list='' server=ours jobs=$(nproc) every=1 keep=''
while (($#)); do
  case $1 in
    --server | --jobs | --every | --keep)
      (($# > 1)) || die "Expected a value after $1"
      declare "${1#--}=$2"
      shift
      ;;
    -h | --help) usage && exit ;;
    -*) usage >&2 && die "unknown option $1" ;;
    *) [[ -z $list ]] || die "Expected one list but received $1" && list=$1 ;;
  esac
  shift
done
list=${list:-$LIST}
[[ -r $list ]] || die "cannot read $list"
[[ $server == ours || $server == reference ]] || die "Expected ours or reference for --server but received $server"
[[ $jobs =~ ^[1-9][0-9]*$ && $every =~ ^[1-9][0-9]*$ ]] || die 'Expected whole numbers above 0 for --jobs and --every'
for program in piglit wflinfo python3; do
  command -v "$program" >/dev/null || die "$program is missing: run scripts/setup.sh --clients first"
done

folder=$(mktemp -d)
server_pid=
stop_server() {
  [[ -z $server_pid ]] || { kill "$server_pid" && wait "$server_pid"; } 2>/dev/null || true
  server_pid=
}
trap 'stop_server; rm -rf "$folder"' EXIT

start_server() {
  local command=(node "$here/dist/cli/main.js" vtest)
  if [[ $1 == reference ]]; then
    command -v virgl_test_server >/dev/null || die 'virgl_test_server is missing: run scripts/setup.sh --clients first'
    command=(virgl_test_server)
  fi
  socket=$folder/$1.socket
  EGL_PLATFORM=surfaceless "${command[@]}" --use-egl-surfaceless --socket-path="$socket" >"$folder/$1.log" 2>&1 &
  server_pid=$!
  for ((i = 0; i < 100; i++)); do
    [[ ! -S $socket ]] || return 0
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/$1.log" >&2
  die "the server did not start: ${command[*]}"
}

# Runs a client of the server without a window.
client() {
  env -u DISPLAY -u WAYLAND_DISPLAY PIGLIT_PLATFORM=surfaceless_egl "$tools/support/virpipe.sh" "$socket" "$@"
}

# Leaves piglit's results of the server $1 in $folder/$1.
run_piglit() {
  local renderer
  start_server "$1"
  renderer=$(client wflinfo -p surfaceless_egl -a gl 2>&1 | sed -n 's/^OpenGL renderer string: //p') || true
  [[ $renderer == virgl* ]] || { cat "$folder/$1.log" >&2 && die "Expected virgl to render but found '$renderer'"; }
  echo "piglit: $1 server, $renderer" >&2
  client piglit run -o -p surfaceless_egl -j "$jobs" --timeout "$TEST_LIMIT_S" --process-isolation true -l quiet \
    "$profile" "$folder/$1" >"$folder/$1.out" 2>&1 || { cat "$folder/$1.out" >&2 && die 'piglit failed'; }
  kill -0 "$server_pid" 2>/dev/null || { tail -n 30 "$folder/$1.log" >&2 && die 'the server ended during the tests'; }
  stop_server
}

profile=$folder/list.xml.gz
python3 "$tools/support/piglit.py" profile "$list" "$every" "$profile"
run_piglit "$server"
against=$RECORDED
if ! python3 "$tools/support/piglit.py" recorded "$profile" "$RECORDED"; then
  echo 'piglit: the list has tests without a recorded result' >&2
  mv "$folder/$server" "$folder/results"
  run_piglit reference
  mv "$folder/reference" "$folder/against" && mv "$folder/results" "$folder/$server"
  against=$folder/against
fi
code=0
python3 "$tools/support/piglit.py" compare "$profile" "$folder/$server" "$against" || code=$?
[[ -z $keep ]] || { mkdir -p "$keep" && cp -r "$folder"/. "$keep"; }
exit "$code"
