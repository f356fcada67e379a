# Set up, run, test. Needs make and Python >= 3.11; uses uv when it is on PATH.
#   make PYTHON=/path/to/python3.12 test    with that interpreter
#   make UV= test                           with pip, though uv is there
#   make test ARGS="-k fixed -x"            with options for pytest

PYTHON :=
UV     := $(shell command -v uv 2>/dev/null)
ARGS   :=

VENV := .venv
BIN  := $(VENV)/bin

# two workers already use two cores: matrix products must not start threads of their own
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-all test-pages check budgets format docs fpga-tools train-tools clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.runtime  ## set up, compile both classifiers, emulate them and compare every spike
	$(BIN)/python examples/demo.py

test: $(VENV)/.development  ## set up and run the tests (a few minutes)
	$(PYTEST) -m "not long" $(ARGS)

test-all: $(VENV)/.development  ## the tests and the long ones too
	$(PYTEST) $(ARGS)

test-pages: $(VENV)/.development  ## the blocks of the documentation that take long
	$(PYTEST) -m long tests/test_docs_blocks.py $(ARGS)

check: $(VENV)/.development  ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

budgets: $(VENV)/.runtime  ## hold the examples against their budgets and the baseline
	@$(BIN)/somac check examples/digits/digits.nir examples/rhythms/rhythms.snn \
	  --target spinnaker2 --target ulx3s-85f --target neurram \
	  --budget examples/somac-budget.yaml --baseline examples/baseline.json --quiet

format: $(VENV)/.development  ## format the sources and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.development  ## make a site of docs/ in build/docs/html
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -d build/docs/doctrees docs build/docs/html
	@echo "build/docs/html/index.html"

fpga-tools: $(VENV)/.fpga  ## install yosys, nextpnr and z3 into .venv for the tests that need them

train-tools: $(VENV)/.train  ## install PyTorch and snnTorch into .venv for the tutorial that trains

clean:  ## remove caches and output; the environment in .venv stays
	rm -rf build dist out .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name $(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: made once, filled again when pyproject.toml changes ---------------------

CANDIDATES := $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python)

# uv gives up where it cannot write its cache, pip goes on without
NO_CACHE := $(shell test -w "$$HOME" || echo --no-cache)
INSTALL  := $(if $(UV),"$(UV)" pip install $(NO_CACHE) --quiet --python $(BIN)/python,\
              $(BIN)/python -m pip install --quiet --disable-pip-version-check)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	@echo "==> installing somac and what it needs into $(VENV)"
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.development: pyproject.toml | $(BIN)/python
	@echo "==> installing somac and the development tools into $(VENV)"
	@$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.runtime $@

$(VENV)/.fpga: pyproject.toml | $(BIN)/python
	@echo "==> installing the open FPGA tools into $(VENV)"
	@$(INSTALL) --editable '.[fpga]'
	@touch $@

# one release of PyTorch: another may train the tutorial's network to other weights
$(VENV)/.train: pyproject.toml | $(BIN)/python
	@echo "==> installing PyTorch and snnTorch into $(VENV)"
	@$(INSTALL) --editable '.[train]' 'torch==2.13.0'
	@touch $@

# a candidate is tried by running it: a shim may be on PATH and lead nowhere
$(BIN)/python:
	@for python in $(CANDIDATES); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "==> making $(VENV) with $$("$$python" --version)"; \
	    if test -n "$(UV)"; then \
	      exec "$(UV)" venv $(NO_CACHE) --quiet --clear --seed --python "$$python" $(VENV); \
	    fi; \
	    "$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	    exit 0; \
	  fi; \
	done; \
	echo "somac needs Python >= 3.11, and none of these is one: $(CANDIDATES)" >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
	exit 1
