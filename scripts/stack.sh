#!/usr/bin/env bash
# Runs a command of this checkout on the virglrenderer and Mesa of another Debian suite, in a chroot that is made once.
#   scripts/stack.sh trixie -- jest --selectProjects native       (bookworm, trixie, forky, sid; --fresh makes the chroot anew)
# Inside are this checkout, its node_modules/.bin on PATH and the host's node, but no npm. Needs root: it mounts and chroots.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# What goes into a chroot; a changed list makes it anew. libepoxy opens libOpenGL (libopengl0) by name; the -dev package
# has the header that a test compares ours with.
PACKAGES=libvirglrenderer1,libvirglrenderer-dev,libegl1,libegl-mesa0,libgl1-mesa-dri,libgbm1,libopengl0,libgles2,libstdc++6,ca-certificates
# And what --clients adds: programs that render through a vtest server, and that of virglrenderer.
CLIENT_PACKAGES=virgl-server,glmark2-es2-x11,waffle-utils,xvfb,mesa-vulkan-drivers,vulkan-tools
# Variables of the caller that COMMAND sees (names or prefixes); the rest of its environment is made here.
PASSED='^(TERM|CI|NODE_OPTIONS|FORCE_COLOR|NO_COLOR|(VIRGL|JEST|MESA|LIBGL|GALLIUM|EGL|VREND|LP|ASAN|UBSAN|TSAN)_[A-Z0-9_]+)$'

usage() {
  cat <<'TEXT'
usage: scripts/stack.sh [--fresh] [--clients] SUITE -- COMMAND [ARGUMENT…]

Runs COMMAND in a chroot of the Debian suite SUITE (bookworm, trixie, forky, sid) and exits with its code.
  --fresh            make the chroot anew, for the newest packages of a suite that moves
  --clients          in another chroot, which also has programs that render and virgl_test_server
  VIRGL_STACK_DIR    where chroots are kept (default ~/.cache/virgl/stacks), about 500 MB each
  PREBUILDS_ONLY     COMMAND loads the addon from prebuilds/; set it empty to load build/Release
TEXT
}

die() {
  echo "stack: $*" >&2
  exit 1
}

fresh=
clients=
suite=
while (($#)); do
  case $1 in
    --fresh) fresh=1 ;;
    --clients) clients=1 ;;
    -h | --help) usage && exit ;;
    --) shift && break ;;
    -*) usage >&2 && die "unknown option $1" ;;
    *) [[ -z $suite ]] || die "Expected -- before the command but received $1" && suite=$1 ;;
  esac
  shift
done
[[ -n $suite && $# -gt 0 ]] || { usage >&2 && exit 1; }
[[ $suite =~ ^[a-z][a-z-]*$ ]] || die "Expected the name of a Debian suite but received $suite"

((EUID == 0)) || die "needs root to mount and chroot: sudo scripts/stack.sh $suite -- $*"
command -v debootstrap >/dev/null || die 'debootstrap is missing: run scripts/setup.sh --stack first'
node=$(node -p process.execPath 2>/dev/null) || die 'node is missing'

export PREBUILDS_ONLY=${PREBUILDS_ONLY-1}
if [[ -n $PREBUILDS_ONLY && -z ${VIRGL_PREBUILD:-} ]]; then
  compgen -G "$repository/prebuilds/linux-$(node -p process.arch)/*.node" >/dev/null ||
    die 'no addon in prebuilds/: run scripts/prebuild.sh first'
fi

stacks=${VIRGL_STACK_DIR:-${HOME:-/root}/.cache/virgl/stacks}
name=$suite${clients:+-clients}
stack=$stacks/$name
[[ -z $clients ]] || PACKAGES+=,$CLIENT_PACKAGES
mkdir -p "$stacks"

# ---- Making a chroot ----

# The mirror that the host's apt uses, if that is Debian's: "" otherwise.
host_mirror() {
  local targets line
  # shellcheck disable=SC2016 # apt fills these in
  targets=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null || true)
  # With no package lists yet, apt knows addresses but no labels: then one that ends in /debian is taken.
  line=$(grep -m1 -E '^Debian https?://' <<<"$targets" || grep -m1 -E 'https?://[^ ]+/debian/?$' <<<"$targets" || true)
  echo "${line##* }"
}

# The host apt's proxy and certificates, for debootstrap's wget.
apt_setting() {
  local value=
  eval "$(apt-config shell value "$1" 2>/dev/null || true)"
  echo "$value"
}

make_stack() {
  local mirror script proxy certificates options new
  mirror=$(host_mirror)
  mirror=${mirror:-http://deb.debian.org/debian}
  # All newer suites are made like sid; an older debootstrap just does not know their names.
  script=/usr/share/debootstrap/scripts/$suite
  [[ -e $script ]] || script=/usr/share/debootstrap/scripts/sid
  # The signature is always checked: with --force-check-gpg a missing key is an error.
  options=(--variant=minbase --force-check-gpg --include="$PACKAGES"
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg)
  certificates=$(apt_setting Acquire::https::CaInfo)
  [[ -z $certificates ]] || options+=(--ca-certificate="$certificates")
  proxy=$(apt_setting Acquire::http::Proxy)
  [[ -z $proxy || $proxy == DIRECT ]] || export http_proxy=$proxy
  proxy=$(apt_setting Acquire::https::Proxy)
  [[ -z $proxy || $proxy == DIRECT ]] || export https_proxy=$proxy

  # We hold the lock, so what lies here under such a name was left by a run that was killed.
  find "$stacks" -mindepth 1 -maxdepth 1 -name ".$name.*" -type d -exec rm -rf --one-file-system {} +
  new=$(mktemp -d "$stacks/.$name.XXXXXX")
  chmod 755 "$new"
  echo "stack: making $stack from $mirror (about a minute)" >&2
  # debootstrap mounts in a namespace of its own: however it ends, no mount is left behind.
  if ! unshare --mount debootstrap "${options[@]}" "$suite" "$new" "$mirror" "$script" >"$stacks/$name.log" 2>&1; then
    tail -n 30 "$stacks/$name.log" "$new/debootstrap/debootstrap.log" >&2 || true
    rm -rf --one-file-system "$new"
    die "debootstrap failed, see $stacks/$name.log. For an unknown key, install a newer debian-archive-keyring."
  fi
  rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
  echo "$PACKAGES" >"$new/.virgl-packages"
  if [[ -e $stack ]]; then
    mv "$stack" "$stacks/.$name.old"
    rm -rf --one-file-system "$stacks/.$name.old"
  fi
  mv "$new" "$stack"
}

is_complete() { [[ -z $fresh && $(cat "$stack/.virgl-packages" 2>/dev/null) == "$PACKAGES" ]]; }

# Users of a chroot share the lock; who makes it has it alone.
exec {lock}>"$stacks/.$name.lock"
flock --shared "$lock"
until is_complete; do
  flock --unlock "$lock"
  flock --exclusive "$lock"
  is_complete || make_stack
  fresh=
  flock --shared "$lock"
done

# ---- Running the command ----

version() { dpkg-query --admindir="$stack/var/lib/dpkg" -W -f='${Version}' "$1"; }
echo "stack: $suite, libvirglrenderer1 $(version libvirglrenderer1), Mesa $(version libgl1-mesa-dri)" >&2

environment=(HOME=/root TMPDIR=/tmp LANG=C.UTF-8 "PREBUILDS_ONLY=$PREBUILDS_ONLY" "VIRGL_STACK=$suite"
  "PATH=$repository/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
while read -r variable; do
  environment+=("$variable=${!variable}")
done < <(compgen -e | grep -E "$PASSED" | grep -v '^VIRGL_STACK$')

# Runs in a private mount namespace, which ends with the command.
# shellcheck disable=SC2317 # called by the shell that unshare starts
enter() {
  local stack=$1 repository=$2 node=$3 folder
  shift 3
  mount -t tmpfs -o mode=1777 tmpfs "$stack/tmp"
  for folder in /proc /sys /dev; do mount --rbind "$folder" "$stack$folder"; done
  mountpoint -q /dev/shm || mount -t tmpfs -o mode=1777 tmpfs "$stack/dev/shm"
  mkdir -p "$stack$repository"
  mount --bind "$repository" "$stack$repository"
  [[ -e $stack/usr/local/bin/node ]] || touch "$stack/usr/local/bin/node"
  mount --bind "$node" "$stack/usr/local/bin/node"
  if ! chroot "$stack" node --version >/dev/null; then
    echo "stack: $node does not run in the chroot; use a node from nodejs.org" >&2
    return 1
  fi
  exec chroot "$stack" env -C "$repository" -i "$@"
}

code=0
unshare --mount bash -c "set -euo pipefail; $(declare -f enter); enter \"\$@\"" \
  stack.sh "$stack" "$repository" "$node" "${environment[@]}" "$@" {lock}>&- || code=$?
exit "$code"
