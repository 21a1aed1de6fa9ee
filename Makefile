# What a developer types; `make` alone lists it. Works with GNU make 3.81 (macOS) and newer.
.DEFAULT_GOAL := help
.PHONY: help run stop test check e2e html lighthouse weight matrix bench attacks faults screenshots messages format lock clean-state

BIN := .venv/bin
PORT ?= 8000
export PORT
# Without compiled files every start of Python would parse everything again.
unexport PYTHONDONTWRITEBYTECODE

# Each interpreter is asked, not looked up: pyenv puts a shim in the PATH for versions that are not installed, too.
PYTHON ?= $(shell for python in python3.13 python3.14 python3.12 python3 python; do \
	"$$python" -c 'import sys; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 15))' 2>/dev/null \
	&& command -v "$$python" && break; done)
NO_PYTHON = No Python 3.12, 3.13 or 3.14 was found: install one (Debian 13: apt install python3 python3-venv, \
	macOS: brew install python@3.13), or name it with make PYTHON=/path/to/python3.13.
BOOTSTRAP = @python="$(PYTHON)"; test -n "$$python" || { echo "$(NO_PYTHON)" >&2; exit 1; }; "$$python" bootstrap.py

# The files of tests are shared out among the cores; each process has a database of its own. One by one: WORKERS=0.
WORKERS ?= logical
PARALLEL = -n $(WORKERS) --maxprocesses 4 --dist loadfile

# What a server would set. Nothing at these addresses is contacted.
PRODUCTION = LOCAL= DEBUG= SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	SITE_URL=https://drydock.example MAIL_URL=smtp+tls://drydock:unused@127.0.0.1:1 \
	DATABASE_URL=postgresql://drydock@127.0.0.1:1/drydock REDIS_URL=redis://127.0.0.1:1/0 \
	NEWSLETTER_POSTAL_ADDRESS="12 Example Quay"

help:
	@awk -F ":.*## " "/^[a-z0-9-]+:.*## / { printf \"make %-12s %s\\n\", \$$1, \$$2 }" $(firstword $(MAKEFILE_LIST))

run: ## Install what is needed and start everything on port 8000 (PORT=8001 make run for another)
	$(BOOTSTRAP) run
	@$(BIN)/python -m config.run

stop: ## Stop whatever this checkout started
	@if test -x $(BIN)/python; then $(BIN)/python -m config.run stop; else echo "Nothing was started here."; fi

test: ## Run the tests but for the slow ones (make test ARGS="-k votes -x")
	$(BOOTSTRAP) dev
	@$(BIN)/python -m pytest $(PARALLEL) -m "not slow" $(ARGS)

check: ## Everything that must hold before a change lands; the same as in CI
	$(BOOTSTRAP) dev
	@echo "== Format and lint"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djlint templates --lint --quiet
	@echo "== Types and layers"
	@$(PRODUCTION) $(BIN)/mypy .
	@$(BIN)/lint-imports
	@echo "== Migrations and deployment"
	@$(PRODUCTION) $(BIN)/python -m config.embedded with --test -- $(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo "== Locked lists"
	$(BOOTSTRAP) lock --check
	@echo "== Tests"
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-branch --cov-report=term-missing:skip-covered $(ARGS)

e2e: ## Run the browser tests
	$(BOOTSTRAP) dev
	@$(BIN)/python -m pytest tests/e2e $(PARALLEL) -m "not matrix" $(ARGS)

matrix: ## Look at every page in every width and scheme, with and without script
	$(BOOTSTRAP) dev
	@$(BIN)/python -m pytest tests/e2e -m matrix $(ARGS)

html: ## Hold every type of page against the HTML standard (needs Node.js and Java)
	$(BOOTSTRAP) dev
	@$(BIN)/python -m pytest tests/nu $(ARGS)

lighthouse: ## Run Lighthouse on the five pages (needs Node.js and Chromium; make lighthouse ARGS="home --runs 1")
	$(BOOTSTRAP) dev
	@$(BIN)/python -m gates lighthouse $(ARGS)

weight: ## Weigh the pages as a browser would load them
	$(BOOTSTRAP) dev
	@$(BIN)/python -m gates weight $(ARGS)

bench: ## Run the benchmarks, which print ratios
	$(BOOTSTRAP) dev
	@$(BIN)/python -m bench $(ARGS)

attacks: ## Carry out every attack on votes (make attacks ARGS="V3 V11 --fast")
	$(BOOTSTRAP) dev
	@$(BIN)/python -m attacks $(ARGS)

faults: ## Let faults loose on a send of the weekly email (make faults ARGS="F2 --seed 7 --fast"), and the model of it
	$(BOOTSTRAP) dev
	@$(BIN)/python -m tests.faults $(ARGS)
	@SEND_EXAMPLES=5000 $(BIN)/python -m pytest $(PARALLEL) --dist load tests/newsletter/test_send_model.py \
		tests/newsletter/test_schedule.py tests/newsletter/test_restore_for_real.py -q --no-cov

screenshots: ## Take the pictures of docs/editors.md anew (make screenshots ARGS="panel steps")
	$(BOOTSTRAP) dev
	@$(BIN)/python -m testbed.screens $(ARGS)

messages: ## Write locale/django.pot anew and compile the translations (make messages ARGS=de to begin one)
	$(BOOTSTRAP) dev
	@$(BIN)/python -m testbed.catalogue $(ARGS)

format: ## Format the code and mend what a machine can mend
	$(BOOTSTRAP) dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## Write requirements/ anew from pyproject.toml (make lock ARGS=--upgrade for newer releases)
	$(BOOTSTRAP) lock $(ARGS)

clean-state: ## Stop everything and delete the development database, queue and mail
	@if test -x $(BIN)/python; then $(BIN)/python -m config.run clean; else echo "Deleting .state"; rm -rf .state; fi
