#!/bin/busybox sh
# shellcheck shell=dash
# First program of the guest: loads the kernel modules in /modules (their order is in /modules/order), mounts the root disk and
# goes on there.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

while read -r file; do
  insmod "/modules/$file" || echo "guest: module $file does not load"
done </modules/order

waited=0
until mount -t squashfs -o ro /dev/vda /root 2>/dev/null; do
  waited=$((waited + 1))
  if [ "$waited" -gt 200 ]; then
    echo 'guest: no root disk'
    poweroff -f
  fi
  sleep 0.05
done

for folder in proc sys dev; do mount --move "/$folder" "/root/$folder"; done
exec switch_root /root /sbin/guest-init
