#!/usr/bin/env bash
# Puts the real aws program into .venv-aws, beside .venv: it wants a botocore of its own. Prints where it is.
# Does nothing when it is there already and the lock file has not changed since.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv-aws
lock=requirements/aws-cli.txt
stamp=$venv/.locked

exec 9>"${TMPDIR:-/tmp}/eksgpu-aws-cli-$(id -u).lock" # two test processes may want it at once
flock 9
if [ ! -e "$stamp" ] || [ "$lock" -nt "$stamp" ]; then
  "${PYTHON:-.venv/bin/python}" -m venv --clear "$venv"
  "$venv/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes -r "$lock"
  touch "$stamp"
fi
printf '%s\n' "$PWD/$venv/bin/aws"
