#!/bin/busybox sh
# shellcheck shell=dash
# Process 1 of the guest. It serves the three ports of the virtio console that `virgl guest` has on the host:
#   virgl.control  from the host: "run ID SCRIPT" (base64), "kill", "poweroff"; to the host: "ready KERNEL", "exit ID CODE",
#                  "shell CODE"
#   virgl.stdout, virgl.stderr  what the script writes, closed by ID between two record separators
# If the host has a virtconsole too, a shell is on it.
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:/applets HOME=/root TERM="${TERM:-linux}" XDG_RUNTIME_DIR=/run
for folder in run tmp root; do mount -t tmpfs "$folder" "/$folder"; done
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
ln -sf /proc/self/fd /dev/fd
hostname guest
cd /root || exit

# Device file of a port by its name.
port() {
  local waited=0 name
  while [ "$waited" -lt 200 ]; do
    for name in /sys/class/virtio-ports/*/name; do
      [ "$(cat "$name" 2>/dev/null)" = "$1" ] && basename "$(dirname "$name")" && return
    done
    waited=$((waited + 1))
    sleep 0.05
  done
}

# A shell for somebody at a terminal; its end is the end of the guest. A host that drives the guest is told first how it ended,
# and switches the guest off when it has read that.
cat >/run/shell <<'END'
setsid -c sh -l <"/dev/$1" >"/dev/$1" 2>&1 3>&- 4>&- 5>&- 6>&-
{ echo "shell $?" >&3; } 2>/dev/null && sleep 5
poweroff -f
END

# What programs have as stdin: nothing ever comes from it, and it does not end. kmscube and modetest stop at an end.
mkfifo /run/stdin
exec 6<>/run/stdin

# What runs a program. As the shell above it is started in the foreground, because what a shell puts in the background ignores Ctrl-C;
# so that the loop below goes on meanwhile, the second of two `setsid` goes to the background by itself: it has a session already.
cat >/run/run <<'END'
setsid sh -c 'echo $$ >/run/program; exec sh -c "$1"' sh "$2" <&6 >&4 2>&5 3>&- 4>&- 5>&- 6>&-
code=$?
rm -f /run/program
printf '\036%s\036' "$1" >&4
printf '\036%s\036' "$1" >&5
echo "exit $1 $code" >&3
END

control=$(port virgl.control)
if [ -z "$control" ]; then
  # Nobody drives this guest: it is one for people.
  if [ -e /dev/hvc0 ]; then exec sh /run/shell hvc0; else exec sh /run/shell console; fi
fi
exec 3<>"/dev/$control" 4>"/dev/$(port virgl.stdout)" 5>"/dev/$(port virgl.stderr)"

echo "ready $(uname -r)" >&3
[ -e /dev/hvc0 ] && setsid setsid sh /run/shell hvc0
while read -r word id script <&3; do
  case $word in
    run) setsid setsid sh /run/run "$id" "$(echo "$script" | base64 -d)" ;;
    # The group of the program: setsid made it the leader.
    kill) [ -e /run/program ] && kill -KILL "-$(cat /run/program)" ;;
    poweroff) poweroff -f ;;
  esac
done
poweroff -f
