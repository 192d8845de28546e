#!/usr/bin/env bash
# Builds the addon into build/Release with cmake-js; says nothing unless it fails.
#   scripts/build-native.sh [cmake-js options…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! output=$(node node_modules/cmake-js/bin/cmake-js build --log-level warn --CDCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" 2>&1); then
  echo "$output" >&2
  exit 1
fi
