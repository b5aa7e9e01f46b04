#!/usr/bin/env bash
# Compiles requirements/*.txt from pyproject.toml: with hashes, and without the addresses of whatever index is in use.
# Versions that are locked already stay; pass --upgrade to take the newest.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  local name=$1
  shift
  # Wheels that lie on this machine would bring in hashes that no index knows.
  env -u PIP_FIND_LINKS CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet \
    --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
    --output-file "requirements/$name.txt" "$@" pyproject.toml
}

compile base "$@"
compile sandbox --extra sandbox "$@"
compile dev --extra sandbox --extra dev "$@"

# The real aws program pins a botocore of its own, so it has an environment of its own (tools/aws_cli.sh).
env -u PIP_FIND_LINKS CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet \
  --generate-hashes --strip-extras --allow-unsafe \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
  --output-file requirements/aws-cli.txt "$@" requirements/aws-cli.in
