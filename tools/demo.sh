#!/usr/bin/env bash
# The main job, from an empty account to an empty account, in a sandbox of its own that ends with it.
#   tools/demo.sh [SPEC]
set -euo pipefail
cd "$(dirname "$0")/.."

spec=${1:-examples/h100-spot.yaml}
speed=40 # times faster than AWS: the whole takes about a minute

EKSGPU_SANDBOX_HOME=$(mktemp -d "${TMPDIR:-/tmp}/eksgpu-demo.XXXXXX")
export EKSGPU_SANDBOX_HOME

eksgpu() {
  .venv/bin/eksgpu "$@"
}

finish() {
  local code=$?
  eksgpu sandbox stop >/dev/null || true
  rm -rf "$EKSGPU_SANDBOX_HOME"
  if [ "$code" -ne 0 ]; then
    printf '\nThe demo ended with exit code %s.\n' "$code" >&2
  fi
}
trap finish EXIT

stage() {
  printf '\n=== %s\n' "$1"
  shift
  printf '$ %s\n\n' "$*"
}

run() {
  stage "$@"
  shift
  "$@"
}

run "An AWS on this machine, $speed times faster than the real one" eksgpu sandbox start --speed "$speed"
run "What would be made, what it costs, whether it can work" eksgpu plan "$spec" --sandbox
run "Make it" eksgpu apply "$spec" --sandbox --yes
run "What lives now" eksgpu status "$spec" --sandbox
run "Nothing is left to do: exit code 0 means no change" eksgpu plan "$spec" --sandbox --detailed-exitcode
run "Take it all down, with the proof" eksgpu destroy "$spec" --sandbox --yes

printf '\n=== Done in %s s: made, unchanged, gone.\n' "$SECONDS"
