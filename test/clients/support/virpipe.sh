#!/usr/bin/env bash
# Runs a program whose Mesa renders through the vtest server at a socket:  virpipe.sh SOCKET COMMAND [ARGUMENT…]
# Mesa before 23.0 knows only /tmp/.virgl_test: the command gets a mount namespace in which that name is SOCKET.
set -euo pipefail

if (($# < 2)); then
  echo 'usage: virpipe.sh SOCKET COMMAND [ARGUMENT…]' >&2
  exit 2
fi
socket=$(realpath "$1")
shift

export LIBGL_ALWAYS_SOFTWARE=1 GALLIUM_DRIVER=virpipe VTEST_SOCKET_NAME=$socket
# No run profits from the one before.
export MESA_SHADER_CACHE_DISABLE=true

[[ -e /tmp/.virgl_test ]] || : >>/tmp/.virgl_test
# In a chroot, which has a namespace of its own already, the root is no mount point whose propagation could be changed.
propagation=private
mountpoint -q / || propagation=unchanged
namespace=(--mount --propagation "$propagation")
((EUID == 0)) || namespace+=(--user --map-root-user)
# shellcheck disable=SC2016 # for the shell inside
exec unshare "${namespace[@]}" sh -c 'mount --bind "$0" /tmp/.virgl_test && exec "$@"' "$socket" "$@"
