#!/usr/bin/env bash
# Runs the native tests with the addon built under gcc's sanitizers; any report fails the run.
#   scripts/sanitize.sh [address] [thread]     default both; "address" is AddressSanitizer with UndefinedBehaviorSanitizer
#   scripts/sanitize.sh --tests PATTERN        only test files whose paths match
# The builds are kept in sanitize/KIND/build; reports are printed and left in sanitize/KIND/report.*.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$repository"

die() {
  echo "sanitize: $*" >&2
  exit 1
}

declare -A RUNTIMES=([address]=libasan.so [thread]=libtsan.so)

# Options of the runtimes, one per line with its reason.
address_options=(
  detect_leaks=0                # node and Mesa keep memory until the process ends; test/native has leak tests of its own
  detect_odr_violation=0        # Mesa's drivers are several libraries with the same globals
  alloc_dealloc_mismatch=0      # node is not instrumented and mixes its own operator new with ours
  handle_segv=1                 # a bad pointer becomes a report …
  allow_user_segv_handler=1     # … but V8 may catch the faults of WebAssembly
  detect_stack_use_after_return=1
  strict_string_checks=1
)
thread_options=(
  "suppressions=$repository/scripts/tsan.supp"
  ignore_noninstrumented_modules=1 # only accesses made by the addon are judged; node and Mesa are not instrumented
  report_signal_unsafe=0           # V8's sampling handlers
  report_thread_leaks=0            # node's and llvmpipe's threads live as long as the process
  second_deadlock_stack=1
  history_size=4
)
undefined_options=(print_stacktrace=1 halt_on_error=1)

# Tests of viewers, in which the addon has next to no part.
OTHERS='test/native/(vnc-client|display-threads)'

# The runtime has to be the first library of the process. LD_PRELOAD would do, but is handed on to shells, which crash under
# TSan; so node is copied and the copy names the runtime as its first library. Children by process.execPath or PATH use it too.
make_node() {
  local runtime=$1 copy=$2 node
  node=$(node -p process.execPath)
  [[ $copy -nt $node ]] && return
  mkdir -p "$(dirname "$copy")"
  patchelf --add-needed "$runtime" --output "$copy" "$node"
  chmod +x "$copy"
}

join() {
  local IFS=:
  echo "$*"
}

kinds=()
tests=test/native
while (($#)); do
  case $1 in
    -h | --help) echo 'usage: scripts/sanitize.sh [address] [thread] [--tests PATTERN]' && exit ;;
    address | thread) kinds+=("$1") ;;
    --tests) shift && tests=${1:?Expected a pattern after --tests} ;;
    *) die "Expected address, thread or --tests but received $1" ;;
  esac
  shift
done
((${#kinds[@]})) || kinds=(address thread)
command -v patchelf >/dev/null || die 'there is no patchelf: run scripts/setup.sh --check first'
[[ -f dist/index.js ]] || die 'dist/ is missing: run "npm run build:ts" first'

failed=()
for kind in "${kinds[@]}"; do
  runtime=$(gcc -print-file-name="${RUNTIMES[$kind]}")
  [[ -f $runtime ]] || die "there is no ${RUNTIMES[$kind]}: run scripts/setup.sh --check first"
  folder=$repository/sanitize/$kind
  mkdir -p "$folder"

  echo "sanitize: $kind, building"
  # cmake-js takes CMake options only when it configures; a build folder of this name is never configured otherwise.
  node node_modules/cmake-js/bin/cmake-js build --out "$folder/build" --CDVIRGL_SANITIZE="$kind" >"$folder/build.log" 2>&1 ||
    { cat "$folder/build.log" >&2 && die "the $kind build failed"; }

  make_node "$runtime" "$folder/bin/node"

  echo "sanitize: $kind, testing"
  rm -f "$folder"/report.*
  environment=(
    "VIRGL_PREBUILD=$folder" # node-gyp-build takes the addon from build/Release in this folder
    "VIRGL_SANITIZER=$kind"  # lets a test know
    "PATH=$folder/bin:$PATH"
    "ASAN_OPTIONS=$(join "${address_options[@]}" "log_path=$folder/report")"
    "UBSAN_OPTIONS=$(join "${undefined_options[@]}" "log_path=$folder/report")"
    "TSAN_OPTIONS=$(join "${thread_options[@]}" "log_path=$folder/report")"
  )
  code=0
  # setarch -R: without address space randomization, as TSan's shadow memory lies at fixed addresses.
  setarch -R env -u PREBUILDS_ONLY "${environment[@]}" node node_modules/.bin/jest --selectProjects native --runInBand \
    --testPathPatterns "$tests" --testPathIgnorePatterns "$OTHERS" || code=$?
  # Also from children of a test, whose output and exit code nobody may have looked at.
  if compgen -G "$folder/report.*" >/dev/null; then
    cat "$folder"/report.* >&2
    code=1
  fi
  ((code == 0)) || failed+=("$kind")
done
((${#failed[@]} == 0)) || die "failed: ${failed[*]}"
