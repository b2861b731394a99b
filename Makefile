# make demo   see the whole product at work, with real data
# make test   every check and test
# make check  lint, types and the fast tests
# make interop  real model servers, each in an environment of its own; INTEROP=NAME for one of them
.DEFAULT_GOAL := help
.PHONY: help demo test check lint style types all-tests fast-tests interop format clean

PYTHON := .venv/bin/python
STACK := prometheus prometheus-alertmanager
DEMO_FLAGS ?=
INTEROP ?=
# Files of tests run side by side, in the order of collection: tests/conftest.py puts the long ones first.
# One process more than cores: those that wait for other programs leave their core to it.
PYTEST := $(PYTHON) -m pytest --numprocesses=$$(($(shell nproc) + 1)) --maxprocesses=8 --dist=loadfile --no-loadscope-reorder
# Bytecode is kept: the tests start many interpreters.
unexport PYTHONDONTWRITEBYTECODE

help:
	@sed -n 's/^# make/make/p' $(MAKEFILE_LIST)

demo:
	@scripts/setup.sh demo "$(STACK)"
	@.venv/bin/inference-exporter demo $(DEMO_FLAGS)

test:
	@scripts/setup.sh demo,dev "$(STACK) chromium postgresql"
	@scripts/build_stack.sh
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory --jobs=2 all-tests types  # side by side: mypy has one thread

check:
	@scripts/setup.sh demo,dev "$(STACK) chromium postgresql"
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory --jobs=2 fast-tests types

lint: style types

style:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .

types:
	.venv/bin/mypy

all-tests:
	$(PYTEST)

fast-tests:
	$(PYTEST) -m "not end_to_end and not slow" --hypothesis-profile=brief -q

interop:
	@scripts/setup.sh demo,dev ""
	@$(PYTHON) tests/interop $(INTEROP)
	@test -n "$(INTEROP)" || $(PYTHON) tests/interop/language_models.py

format:
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build exporter/*.egg-info
