# Everything a developer runs. `make` alone says what there is.
# On a machine with only python3 (3.11 or newer, with venv) and make, `make demo` and `make test` install what they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Whose account a developer is logged in to must make no difference here.
unexport AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
unexport AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL
unexport EKSGPU_SANDBOX_HOME EKSGPU_DEBUG NO_COLOR PYTHONPATH PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test kube-assets test-real sweep lint format golden lock bench clean

help: ## Show what there is.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.project ## Make .venv with everything in it; does nothing when it is up to date.

demo: setup ## Run the main job in the sandbox: plan, apply, a vLLM server on H100, verify, destroy.
	@$(BIN)/python tools/demo.py

test: setup ## Run the test suite.
	@tools/aws_cli.sh || echo "no aws program: the tests that need it are skipped"
	$(BIN)/pytest -n auto --dist worksteal

kube-assets: ## Build a real Kubernetes control plane, kubectl and helm for the tests, where Go is; once per machine.
	@tools/kube_assets.sh

test-real: setup ## Run the tests that need a real control plane: see kube-assets.
	$(BIN)/pytest -m real -n 0 tests/kube

sweep: setup ## Run the exhaustive tests: every crash point of the full example.
	$(BIN)/pytest -m sweep -n 2

lint: setup ## Check style, types and which room imports which.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Let ruff mend what it can.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

golden: setup ## Write the golden files, the spec's JSON schema and the table of sharing again; read the diff before committing it.
	$(BIN)/python tools/write_schema.py examples/eksgpu.schema.json
	$(BIN)/python tools/write_sharing_table.py docs/sharing-table.md
	$(BIN)/python -m tests.kube.differential.recorded
	$(if $(wildcard tests/golden/test_*.py),$(BIN)/pytest -n auto --snapshot-update tests/golden)

lock: setup ## Compile requirements/*.txt from pyproject.toml again.
	tools/lock.sh

bench: setup ## Measure plan, apply, destroy and start-up, and print a table with ratios.
	$(BIN)/python -m bench

clean: ## Remove .venv and everything that tools left behind.
	rm -rf $(VENV) .venv-aws build dist bench/out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests tools bench -type d -name __pycache__ -prune -exec rm -rf {} +

# Three stamps, so that a step runs again only when what it depends on has changed.
$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "eksgpu needs Python 3.11 or newer; there is no $(PYTHON)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "eksgpu needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version): make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv is missing: install the package python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.locked: $(VENV)/.python requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.project: $(VENV)/.locked pyproject.toml
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
