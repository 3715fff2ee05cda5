# One command per need; `make demo` shows the portal, `make test` proves it. CONTRIBUTING.md says more.
# Works with nothing but make and Python 3.11 or newer: everything else is installed under .venv and node_modules.

PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: help demo demo-reset test lint format bench messages build install install-dev lock clean

help:
	@echo "make demo        install, build and show the demo site (PORT=8000 chooses the port)"
	@echo "make demo-reset  throw the demo's data away and start over"
	@echo "make test        run every test (ARGS='tests/core -x' chooses some)"
	@echo "make lint        check style, types, layers, migrations, messages and licences"
	@echo "make format      bring code and templates into the house style"
	@echo "make messages    collect translatable strings into the catalogues"
	@echo "make build       build the front end into static/build"
	@echo "make bench       measure speed against a bare Django view"
	@echo "make lock        resolve the Python dependencies anew"

install:
	@$(or $(PYTHON),$(error Python 3.11 or newer is needed; set PYTHON=/path/to/python)) scripts/install.py

install-dev:
	@$(or $(PYTHON),$(error Python 3.11 or newer is needed; set PYTHON=/path/to/python)) scripts/install.py --dev

demo: install
	@exec $(RUN) -m demo.services.run

demo-reset: install
	@$(RUN) -m demo.services.reset
	@exec $(RUN) -m demo.services.run

test: install-dev
	@$(RUN) -m pytest $(ARGS)

lint: install-dev
	@$(RUN) scripts/lint.py

format: install-dev
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .
	@$(RUN) -m djhtml templates

messages: install-dev
	@$(RUN) scripts/makemessages.py

build: install
	@$(RUN) scripts/build_frontend.py

bench: install-dev
	@$(RUN) -m bench

lock: install-dev
	@$(RUN) scripts/lock.py
