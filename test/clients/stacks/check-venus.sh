#!/usr/bin/env bash
# Whether Mesa's Venus driver finds a Vulkan device behind a vtest server:  check-venus.sh SOCKET
set -euo pipefail
device=$(env -u DISPLAY VN_DEBUG=vtest VTEST_SOCKET_NAME="$1" VK_DRIVER_FILES=/usr/share/vulkan/icd.d/virtio_icd.json \
  timeout 60 vulkaninfo --summary | sed -nE 's/^\s*(deviceName|apiVersion)\s*= //p' | paste -sd ' ')
echo "${device:-no device}"
[[ $device == *'Virtio-GPU Venus'* ]]
