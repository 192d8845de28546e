#!/usr/bin/env bash
# Stands in for node-gyp when prebuildify runs it (PREBUILD_NODE_GYP): builds with cmake-js into build/ of the current folder.
# prebuildify calls it as `rebuild --target=… --devdir=… --arch=ARCH --release`; the addon is Node-API, so only ARCH matters.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

arch=$(node -p process.arch)
for argument in "$@"; do
  case $argument in
    --arch=*) arch=${argument#--arch=} ;;
  esac
done

options=(--directory "$repository" --out "$PWD/build" --arch "$arch" --log-level warn)
if [[ $arch != "$(node -p process.arch)" ]]; then
  case $arch in
    arm64) options+=(--CDCMAKE_TOOLCHAIN_FILE="$repository/native/toolchain-aarch64.cmake") ;;
    *) echo "prebuild: there is no cross build for $arch" >&2 && exit 1 ;;
  esac
fi
# Told only when it fails.
if ! output=$(node "$repository/node_modules/cmake-js/bin/cmake-js" rebuild "${options[@]}" 2>&1); then
  echo "$output" >&2
  exit 1
fi
