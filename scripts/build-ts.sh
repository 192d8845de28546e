#!/usr/bin/env bash
# Builds lib and examples into dist, with the files that they read beside them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# What tsc remembers of the last build is not true of a dist that was removed.
[[ -e dist/index.js ]] || rm -f build/*.tsbuildinfo
npx tsc -p tsconfig.json
npx tsc -p tsconfig.examples.json
cp -r examples/gltf/assets dist/examples/gltf/
for room in trace/report display/view guest; do
  cp -r "lib/$room/assets" "dist/$room/"
done
# npm makes them executable where it installs the package, but not in a checkout: `npx virgl` runs dist/cli/main.js as it is.
chmod +x dist/cli/main.js dist/cli/vhost-user-gpu-main.js
