# Everything a newcomer needs: `make help` lists it. Set-up happens by itself, in .venv, the first time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
READY := .venv/.ready
READY_BROWSER := .venv/.ready-browser
READY_APP := .venv/.ready-app
READY_DOCS := .venv/.ready-docs
TESTFLAGS ?=
LABFLAGS ?=
APPFLAGS ?=
DOCSFLAGS ?=

# Only this checkout's environment counts, whatever is active in the caller's shell. Compiled modules are kept: without
# them each of the many processes of a report or of the tests would compile the package anew.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE
# The notebooks run in this environment, whatever kernels the user has.
export JUPYTER_PREFER_ENV_PATH := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help report lab app docs docs-run test test-browser lint messages bench clean

help: ## list these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

report: $(READY) ## run the reference study and write reports/ (HTML, figures, tables)
	@$(BIN)/trackfuse report

# JupyterLab reads overrides.json there: without it a message asks whether to fetch news.
lab: $(READY) ## open JupyterLab in notebooks/ on this machine only; prints its address
	@mkdir -p .venv/share/jupyter/lab/settings
	@cp app/overrides.json .venv/share/jupyter/lab/settings/
	@$(BIN)/jupyter lab --notebook-dir=notebooks --ServerApp.ip=127.0.0.1 \
		$$([ "$$(id -u)" = 0 ] && echo --allow-root) $(LABFLAGS)

# A live run starts twelve processes: two runs at a time are what a machine with two cores should bear (assumed).
app: $(READY_APP) ## serve the explorer and live runs, without code, on this machine only; prints its address
	@TRACKFUSE_LIVE_RUNS="$${TRACKFUSE_LIVE_RUNS:-2}" JUPYTER_PATH="$(CURDIR)/app" PYTHONPATH="$(CURDIR)/app" \
		$(BIN)/voila app/explorer.ipynb \
		--Voila.config_file_paths="$(CURDIR)/app" --Voila.root_dir="$(CURDIR)" $(APPFLAGS)

docs: $(READY_DOCS) ## build the documentation site into build/docs; notebooks are shown as they are
	@$(BIN)/python -m sphinx -W --keep-going -q -b html $(DOCSFLAGS) docs build/docs
	@echo "Written: build/docs/index.html"

docs-run: export TRACKFUSE_DOCS_RUN := 1
docs-run: docs ## the same with every notebook run: some ten minutes the first time, later only what changed

test: $(READY) ## run all tests that need no browser
	@$(BIN)/python -m pytest -q -n auto --maxprocesses=8 --dist loadfile --ignore=tests/browser $(TESTFLAGS)

test-browser: $(READY_BROWSER) ## run the tests that drive JupyterLab in Chromium
	@$(BIN)/python -m pytest -q tests/browser $(TESTFLAGS)

lint: $(READY) ## style, import contract, types, notebooks without output
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/pyright
	@find notebooks -name '*.ipynb' -not -path '*/.*' -print0 | xargs -0r $(BIN)/nbstripout --verify

messages: $(READY) ## bring the catalogues of translations and the bundled fonts up to date
	@$(BIN)/python -m tests.languages.catalogues

bench: $(READY) ## measure speed, ours beside other libraries
	@$(BIN)/trackfuse bench

clean: ## remove everything that these commands have made
	rm -rf .venv build dist docs/made reports results .pytest_cache .hypothesis .benchmarks .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@python=; for name in python3.11 python3.12 python3.13 python3.14 python3; do \
		if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "trackfuse needs Python 3.11 or newer on the PATH" >&2; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip' 2>/dev/null; then \
		echo "$$python cannot make environments; on Debian: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$python" --version): some two minutes, once." >&2; \
	"$$python" -m venv .venv
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@echo "Compiling what the commands need: about two minutes, once." >&2
	@$(BIN)/trackfuse compile >/dev/null
	@touch $@

$(READY_BROWSER): $(READY)
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,browser,app]'
	@touch $@ $(READY_APP)

$(READY_DOCS): $(READY)
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,docs]'
	@touch $@

$(READY_APP): $(READY)
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,app]'
	@touch $@
