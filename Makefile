# Everything a person or a CI runs. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ENV ?= dev
WORKERS ?= 2

BIN := .venv/bin
# An installed uv is used; without one, it comes locked into a folder of its own.
UV := $(or $(shell command -v uv),.uv/bin/uv)
export UV_PYTHON_DOWNLOADS := never
# uv does not read pip's settings: a mirror that is set for pip is set for uv.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
# A rehearsal starts some twenty Pythons; each would compile all that it imports anew, which costs ten seconds and more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## */\t/' | expand -t 12

.PHONY: install
install: .venv/rehearsal  ## Set up .venv with everything that a rehearsal needs.

.PHONY: rehearse
rehearse: install  ## Live through ENV (dev) offline; writes report/.
	$(BIN)/estate rehearse -s $(ENV) --json report/rehearsal.json --report report

.PHONY: test
test: .venv/dev  ## Run the tests.
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q

.PHONY: check
check: .venv/dev  ## Format, lint, types, import rules, lock files, what is generated, workflows.
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/ty check --quiet
	$(BIN)/lint-imports --no-logo
	$(BIN)/python requirements/lock.py --check
	$(BIN)/python -m pipelines.definitions --check
	$(BIN)/python -m estate.reference --check
	$(BIN)/python -m estate.architecture --check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet --no-progress .github/workflows

.PHONY: bench
bench: .venv/rehearsal .bench/evidently  ## Print the benchmarks.
	$(BIN)/python -m benchmarks

.PHONY: definitions
definitions: .venv/dev  ## Write the pipelines' definitions anew.
	$(BIN)/python -m pipelines.definitions

.PHONY: lock
lock: $(UV)  ## Resolve requirements/ anew, keeping what is pinned; UPGRADE=1 takes newer versions.
	$(PYTHON) requirements/lock.py $(UV) $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean:  ## Remove what the other targets made.
	rm -rf .venv .bench .uv build dist report *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/%: requirements/%.txt pyproject.toml | $(UV) .venv/bin/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $<
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Evidently wants older libraries than ours: it is measured in an environment of its own.
.bench/evidently: requirements/bench.txt | $(UV) .venv/bin/python
	$(UV) venv --quiet --allow-existing --python $(BIN)/python .bench
	$(UV) pip install --quiet --python .bench/bin/python --require-hashes -r $<
	@touch $@

.venv/bin/python: | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '$(PYTHON) is older than 3.11; name another: make PYTHON=python3.12' >&2; exit 2; }
	$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv

.uv/bin/uv: requirements/uv.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo '$(PYTHON) cannot make virtual environments; install uv, or python3-venv' >&2; exit 2; }
	$(PYTHON) -m venv --clear .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@
