#!/usr/bin/env bash
# Sets this checkout up: Debian packages that are missing, then the npm modules. Safe to run again; quick when all is there.
#   scripts/setup.sh              what building, testing and rendering need
#   scripts/setup.sh --all        and what each maintainer script needs (--help lists the groups)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# group     package                  why          a command that makes the package unnecessary, "lib": rendering needs it, or
#                                                 "qemu": wanted in version 10 or newer
PACKAGES='
base        libvirglrenderer1        renderer     lib
base        libegl1                  EGL          lib
base        libegl-mesa0             EGL-driver   lib
base        libgl1-mesa-dri          llvmpipe     lib
base        libopengl0               GL           lib
base        libgles2                 GLES         lib
base        libgbm1                  buffers      lib
base        libvirglrenderer-dev     header
base        g++                      compiler     g++
base        make                     generator    make
base        cmake                    build        cmake
base        ninja-build              generator    ninja
base        pkg-config               flags        pkg-config
prebuild    g++-aarch64-linux-gnu    arm64        aarch64-linux-gnu-g++
prebuild    binutils                 readelf      readelf
prebuild    qemu-user                arm64-run    qemu-aarch64
bench       xvfb                     headless-gl  Xvfb
bench       xauth                    xvfb-run     xauth
bench       python3                  node-gyp     python3
bench       libx11-dev               headless-gl
bench       libxext-dev              headless-gl
bench       libxi-dev                headless-gl
bench       libgl-dev                headless-gl
stack       debootstrap              chroots      debootstrap
stack       debian-archive-keyring   signatures
clients     virgl-server             reference    virgl_test_server
clients     piglit                   tests        piglit
clients     waffle-utils             wflinfo      wflinfo
clients     glmark2-x11              scenes       glmark2
clients     glmark2-es2-x11          scenes       glmark2-es2
clients     mesa-utils               gears        es2gears_x11
clients     mesa-utils-bin           eglinfo      eglinfo
clients     libsdl2-tests            SDL
clients     gtk-4-examples           GTK          gtk4-widget-factory
clients     fonts-dejavu-core        text
clients     xvfb                     display      Xvfb
clients     python3                  piglit       python3
display     tigervnc-viewer          VNC-test     xtigervncviewer
display     xvfb                     screen       Xvfb
display     xdotool                  input        xdotool
browser     chromium                 browser-test chromium
guest       qemu-system-x86          machine      qemu
guest       qemu-system-gui          peer         qemu
guest       qemu-system-modules-opengl peer       qemu
guest       squashfs-tools           root-disk    mksquashfs
guest       xz-utils                 kernel       xz
guest       debian-archive-keyring   signatures
guest       xvfb                     peer         Xvfb
guest       glmark2-es2-drm          host-figures glmark2-es2-drm
guest       kmscube                  host-figures kmscube
guest       libdrm-dev               host-figures
guest       libgbm-dev               host-figures
guest       libegl-dev               host-figures
guest       libgles-dev              host-figures
check       clang-format             format       clang-format
check       clang-tidy               lint         clang-tidy
check       shellcheck               lint         shellcheck
check       patchelf                 sanitizer    patchelf
check       libasan8                 sanitizer
check       libubsan1                sanitizer
check       libtsan2                 sanitizer
'

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [--prebuild] [--bench] [--stack] [--clients] [--browser] [--display] [--guest] [--check] [--all]

Installs the Debian packages that are missing and runs `npm ci` when node_modules does not match package-lock.json.
  (no option)  what building, testing and rendering need
  --prebuild   the arm64 cross compiler and emulator of scripts/prebuild.sh
  --bench      what the peers in bench/ are built and run with
  --stack      debootstrap, for scripts/stack.sh
  --clients    virgl_test_server and the programs that scripts/piglit.sh and test/clients render through ours
  --browser    Chromium, for the test of the parts that run in browsers
  --display    a VNC viewer and a screen for it, for the test of displays
  --guest      QEMU 10 or newer, and what `virgl guest` builds its guest and measures with
  --check      formatter, linters and sanitizers, for `npm run check` and `npm run sanitize`
  --all        all of these
TEXT
}

die() {
  echo "setup: $*" >&2
  exit 1
}

groups=' base '
for argument in "$@"; do
  case $argument in
    --prebuild | --bench | --stack | --clients | --browser | --display | --guest | --check) groups+="${argument#--} " ;;
    --all) groups+='prebuild bench stack clients browser display guest check ' ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && die "unknown option $argument" ;;
  esac
done

# ---- Node ----

node_version=$(node --version 2>/dev/null) || die 'node is missing. Install Node.js 20.15 or newer: https://nodejs.org'
IFS=. read -r node_major node_minor _ <<<"${node_version#v}"
((node_major > 20 || (node_major == 20 && node_minor >= 15))) || die "Expected Node.js 20.15 or newer but found $node_version ($(command -v node)). Install it: https://nodejs.org"

# ---- Debian packages ----

wanted=()
qemu=()
runtime=' '
while read -r group package _ unless; do
  [[ $groups == *" $group "* ]] || continue
  if [[ $unless == lib ]]; then
    runtime+="$package "
  elif [[ $unless == qemu ]]; then
    qemu+=("$package")
    continue
  elif [[ -n $unless ]] && command -v "$unless" >/dev/null; then
    continue
  fi
  wanted+=("$package")
done < <(grep . <<<"$PACKAGES")

# Those of some packages that dpkg does not hold as installed. Names of other architectures or releases count as missing.
list_missing() {
  local installed
  # dpkg-query exits 1 when it does not know one of the names; its answers for the others stand.
  installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true)
  local package
  for package in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\n'ii\ \ "$package"$'\n'* ]] || echo "$package"
  done
}

# A machine without dpkg: what rendering needs is looked for by the names of the shared libraries.
have_runtime_libraries() {
  local libraries soname
  libraries=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)
  for soname in libvirglrenderer.so.1 libEGL.so.1 libgbm.so.1; do
    [[ $libraries == *"$soname"* ]] || return 1
  done
}

install_packages() {
  local log
  log=$(mktemp)
  echo "setup: installing $*"
  # Only when the package lists do not know a name, or know it by a file that the mirror no longer has, are they fetched.
  if apt_get install "$@" >"$log" 2>&1 || { apt_get update && apt_get install "$@"; } >"$log" 2>&1; then
    rm -f "$log"
    return
  fi
  cat "$log" >&2
  rm -f "$log"
  die "apt-get could not install: $*"
}

apt_get() {
  local verb=$1
  shift
  local options=(-qq -o DPkg::Lock::Timeout=300)
  [[ $verb == install ]] && options+=(-y --no-install-recommends)
  DEBIAN_FRONTEND=noninteractive apt-get "$verb" "${options[@]}" "$@" </dev/null
}

BACKPORTS=/etc/apt/sources.list.d/bookworm-backports.sources

# The first QEMU whose vhost-user-gpu works without KVM.
have_qemu_10() {
  local version
  version=$(qemu-system-x86_64 --version 2>/dev/null) && [[ $version =~ version\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 10))
}

# Debian 12 has QEMU 7.2, and 10 among its backports; later releases have a newer one.
install_qemu() {
  local codename release=()
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  [[ $codename != bookworm ]] || release=(-t bookworm-backports)
  if ((EUID != 0)); then
    echo "setup: QEMU 10 or newer is missing; install it with
  sudo apt-get install --no-install-recommends ${release[*]} $*" >&2
    [[ $codename != bookworm ]] || echo "  (from bookworm-backports: https://backports.debian.org/Instructions)" >&2
    return
  fi
  if [[ $codename == bookworm ]] && ! grep -rqs '^[^#]*bookworm-backports' /etc/apt/sources.list /etc/apt/sources.list.d; then
    echo "setup: adding $BACKPORTS"
    printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: bookworm-backports' 'Components: main' \
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$BACKPORTS"
    apt_get update
  fi
  install_packages "${release[@]}" "$@"
  have_qemu_10 || die "the QEMU of this release is older than 10: $(qemu-system-x86_64 --version | head -n 1)"
}

if command -v dpkg-query >/dev/null; then
  mapfile -t missing < <(list_missing "${wanted[@]}")
  if ((${#missing[@]})); then
    if ((EUID == 0)); then
      install_packages "${missing[@]}"
    else
      echo "setup: packages are missing; install them with
  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
      for package in "${missing[@]}"; do
        [[ $runtime != *" $package "* ]] || die "rendering needs $package"
      done
    fi
  fi
  if ((${#qemu[@]})); then
    mapfile -t missing < <(list_missing "${qemu[@]}")
    if ((${#missing[@]})) || ! have_qemu_10; then install_qemu "${qemu[@]}"; fi
  fi
else
  have_runtime_libraries || die "this is no Debian: install libvirglrenderer 0.10 or newer, EGL, GBM and Mesa's drivers with your package manager"
  echo 'setup: this is no Debian: what building needs (g++, cmake, make or ninja) was not checked' >&2
fi

# ---- npm modules ----

# npm writes what it installed into node_modules/.package-lock.json. Equal versions and checksums: nothing to do.
# A package that is not there is right if the lock file calls it optional (made for another system).
modules_match() {
  [[ -f node_modules/.package-lock.json ]] || return 1
  node -e '
    const { readFileSync } = require("fs");
    const read = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
    const installed = read("node_modules/.package-lock.json");
    const same = ([path, wanted]) => {
      const found = installed[path];
      if (path === "" || wanted.link) return true;
      if (!found) return Boolean(wanted.optional || wanted.devOptional || wanted.peer);
      return found.version === wanted.version && found.integrity === wanted.integrity;
    };
    process.exit(Object.entries(read("package-lock.json")).every(same) ? 0 : 1);
  '
}

if ! modules_match; then
  echo 'setup: npm ci'
  npm ci --no-audit --no-fund --loglevel=error
fi
