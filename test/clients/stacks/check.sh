#!/usr/bin/env bash
# What a client of this machine, or chroot, makes of a vtest server:  check.sh SOCKET
# Prints "Mesa VERSION, virgl (RENDERER), N of N scenes"; exit code 1 if something is not right.
set -euo pipefail
virpipe=$(dirname "${BASH_SOURCE[0]}")/../support/virpipe.sh
socket=$1
# glmark2 knows what these must look like.
SCENES=(build texture shading:shading=phong bump:bump-render=normals conditionals:fragment-steps=5:vertex-steps=0
  function:fragment-complexity=low:fragment-steps=5 loop:fragment-loop=false:fragment-steps=5:vertex-steps=5)

info=$(env -u DISPLAY "$virpipe" "$socket" wflinfo -p surfaceless_egl -a gl 2>/dev/null || true)
renderer=$(sed -n 's/^OpenGL renderer string: //p' <<<"$info")
mesa=$(sed -nE 's/^OpenGL version string: .*(Mesa [0-9.]+[0-9]).*/\1/p' <<<"$info")
[[ $renderer == virgl* ]] || { echo "no virgl: '$renderer'" && exit 1; }

display=$(mktemp)
trap 'kill "$xvfb" 2>/dev/null || true; rm -f "$display"' EXIT
Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp 3>"$display" >/dev/null 2>&1 &
xvfb=$!
for ((i = 0; i < 100; i++)); do
  [[ ! -s $display ]] || break
  sleep 0.1
done
benchmarks=()
for scene in "${SCENES[@]}"; do benchmarks+=(--benchmark "$scene"); done
output=$(DISPLAY=:$(<"$display") timeout 120 "$virpipe" "$socket" \
  glmark2-es2 --off-screen --validate "${benchmarks[@]}" 2>&1 || true)
right=$(grep -c 'Validation: Success' <<<"$output" || true)
echo "$mesa, $renderer, $right of ${#SCENES[@]} scenes"
((right == ${#SCENES[@]})) || { tail -n 15 <<<"$output" >&2 && exit 1; }
