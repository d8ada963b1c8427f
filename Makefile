# Two commands do everything on a fresh Debian machine with python3, make and git: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test setup check clean
.DEFAULT_GOAL := demo

demo: setup
	$(BIN)/scan-tally demo build/demo

test: setup check
	$(BIN)/python -m pytest -n auto

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: .venv/ready

.venv/ready: scripts/setup.sh pyproject.toml constraints.txt setup.py
	sh scripts/setup.sh $(PYTHON)
	touch $@

clean:
	rm -rf .venv build dist *.egg-info
