# Everything happens in .venv, which the first target that needs it makes.
# The files .venv/.made, .core and .dev say what is installed there already;
# a change of pyproject.toml has it installed anew.

# Windows, with GNU make and a POSIX shell, calls its Python and its scripts' folder otherwise.
ifeq ($(OS),Windows_NT)
PYTHON ?= python
SCRIPTS := Scripts
else
PYTHON ?= python3
SCRIPTS := bin
endif
VENV := .venv
BIN := $(VENV)/$(SCRIPTS)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test examples lint types wheel check build clean

help:
	@echo 'make demo      solve one of the problems (installs the tool alone)'
	@echo 'make test      run the tests'
	@echo 'make examples  solve every problem in problems/, in every form'
	@echo 'make lint      look for faults of style (ruff)'
	@echo 'make types     check the types (mypy)'
	@echo 'make check     all of the above but the demo, with coverage, and try the wheel'
	@echo 'make build     make the wheel and the sdist in dist/'
	@echo 'make clean     remove all that the other targets made'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: pyproject.toml | $(VENV)/.made
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.made
	$(PIP) --editable '.[all,dev]'
	@touch $(VENV)/.core $@

demo: $(VENV)/.core
	$(BIN)/backprop solve w3wi-ds304

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto $(COVERAGE)

examples: $(VENV)/.core
	$(BIN)/python tests/scripts/examples.py

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev
	$(BIN)/mypy

# Which way the imports go is one of the tests: tests/test_imports.py.
wheel: $(VENV)/.dev
	$(BIN)/python tests/scripts/wheel.py

# With coverage the tests take twice as long: it is measured here alone.
check: COVERAGE := --cov
check: lint types test examples wheel

build: $(VENV)/.dev
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find backprop_cli tests -name __pycache__ -type d -prune -exec rm -rf {} +
