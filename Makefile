# Everything a person or a machine does with this project. `make` alone lists it.
# Needs Python 3.11 or newer with venv, and make; nothing else, no server and no account.

# The first Python on PATH that will do; `make PYTHON=…` decides otherwise.
PYTHON ?= $(or $(shell for it in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$it -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$it && break; done),python3)
VENV := .venv
BIN := $(VENV)/bin
UV := uv==0.13.8
CORES := 2
# Neighbours stay together, so one process has the browser and its site; who is done first takes from the other's end.
# Compiled modules are kept whatever the environment says: tests start the forum hundreds of times.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(CORES) --dist worksteal

# The environment a target needs is a stamp named after the hash of what it is made from: another lock, another stamp.
hash = $(shell cat $(1) pyproject.toml 2>/dev/null | cksum | tr -d ' ')
RUNTIME := $(VENV)/.runtime-$(call hash,requirements.lock)
DEV := $(VENV)/.dev-$(call hash,requirements.lock requirements-dev.lock)

# The demo is a site of its own: never in another site's database, and never mail to anyone.
DEMO := var/demo
SITE := env -u FORUM_DATABASE_URL -u FORUM_SMTP_URL

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run env assets test test-slow pictures check format bench lock hooks clean

help: ## what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) assets ## a forum with a demo community on http://127.0.0.1:8000
	@test -e $(DEMO)/forum.db || { rm -rf $(DEMO).draft && \
	  $(SITE) FORUM_DATA_DIR=$(DEMO).draft $(BIN)/forum demo >/dev/null && mv $(DEMO).draft $(DEMO); }
	@exec $(SITE) FORUM_DATA_DIR=$(DEMO) $(BIN)/forum serve

test: $(DEV) assets ## the suite on SQLite and PostgreSQL, and in a browser where there is one
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: $(DEV) assets ## the matrices of languages, themes and widths, and the long property runs
	$(PYTEST) -m slow $(ARGS)

pictures: $(DEV) assets ## every page in both languages, widths and lights, in var/shots
	FORUM_PICTURES=1 $(PYTEST) -m slow tests/e2e/test_tour.py $(ARGS)

check: $(DEV) assets ## format, lint, types, templates, translations, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python -m tools.translations
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/architecture

format: $(DEV) ## lay the code out and mend what ruff can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(DEV) assets ## the figures of docs/operating.md, measured here
	$(BIN)/python -m tests.bench $(ARGS)

lock: ## pin the dependencies anew within pyproject's ranges (UPGRADE=1: to the newest)
	test -x var/lock/bin/uv || { $(PYTHON) -m venv var/lock && var/lock/bin/pip install -q "$(UV)"; }
	$(call compile,pyproject.toml --group build,requirements.lock)
	$(call compile,pyproject.toml --group dev -c requirements.lock,requirements-dev.lock)
	$(call compile,requirements-assets.in --no-deps,requirements-assets.lock)

hooks: ## run `make check` before every commit in this clone
	git config core.hooksPath .githooks

clean: ## remove what was made, but for the data in var/
	rm -rf $(VENV) static/vendor var/lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# For every platform and Python that we support, with the hash of every file, and no word on where they came from.
compile = var/lock/bin/uv pip compile $(1) --output-file $(2) --universal --python-version 3.11 \
	--generate-hashes --no-config --quiet --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

assets: | $(RUNTIME)
	@$(BIN)/python -m tools.assets

env: $(DEV)

$(RUNTIME): | $(VENV)/bin/python
	@echo "Installing what the forum needs into $(VENV) …"
	@rm -f $(VENV)/.runtime-*
	@$(call pip,requirements.lock)
	@touch $@

# The runtime lock is a part of this one, so this stamp serves both.
$(DEV): | $(VENV)/bin/python
	@echo "Installing what the checks and tests need into $(VENV) …"
	@rm -f $(VENV)/.dev-*
	@$(call pip,requirements-dev.lock)
	@touch $@ $(RUNTIME)

pip = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-input -r $(1) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	  "Python 3.11 or newer is needed, and $(PYTHON) is %d.%d: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
