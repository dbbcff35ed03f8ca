# `make run` is the demo, `make test` everything that must be green. Both need only Python >= 3.11 and make.

# The first Python that is new enough; `make PYTHON=/path/to/python3.12 run` chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV_PYTHON := .venv/bin/python
TESTS ?=
PARTS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint format environment catalogues messages bench release lock reset

help:
	@echo 'make run         the site with sample data on http://127.0.0.1:8000/ (PORT= and HOST= override)'
	@echo 'make test        linters, checks and the whole suite (TESTS="tests/test_run.py -k kill" for a part)'
	@echo 'make lint        linters only;  make format  repairs what they can repair'
	@echo 'make messages    collects new texts into the .po files (needs gettext)'
	@echo 'make bench       the measurements (PARTS="pages races" for some)'
	@echo 'make release     one archive that installs without the internet (PYTHONS="3.11 3.13"), in dist/'
	@echo 'make lock        the newest versions pyproject.toml allows, into requirements*.txt'
	@echo 'make reset       deletes the demo data'

environment:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed and was not found.' \
		'On Debian and Ubuntu: sudo apt-get install python3 python3-venv'; exit 1; }
	@$(PYTHON) deploy/install.py

run: export DEMO = 1
run: environment catalogues
	@exec $(VENV_PYTHON) -m consultations.run

test: export DEMO = 1
test: lint catalogues
	$(VENV_PYTHON) manage.py check --database default
	$(VENV_PYTHON) manage.py makemigrations --check --dry-run
	$(VENV_PYTHON) -m pytest $(or $(TESTS),--numprocesses=2 --dist=loadgroup)

lint: environment
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .

format: environment
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

catalogues: export DEMO = 1
catalogues: environment
	@$(VENV_PYTHON) manage.py compile_catalogues

messages: export DEMO = 1
messages: environment
	$(VENV_PYTHON) manage.py makemessages

bench: export DEMO = 1
bench: environment catalogues
	$(VENV_PYTHON) -m bench $(PARTS)

release: environment
	@$(VENV_PYTHON) deploy/release.py

reset: export DEMO = 1
reset: environment
	@$(VENV_PYTHON) -m consultations.database reset

# No address of a registry and no path of this machine may reach the lock files.
LOCK = .venv-lock/bin/uv pip compile --quiet --universal --generate-hashes --upgrade \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock: environment
	@$(VENV_PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt
