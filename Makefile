# The project's commands; `make` alone lists them.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
INSTALLED := .venv/installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench requirements stop clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## bring everything up and serve the console (SERVE=0: end after the report; SCALE=0.01: less data)
	@$(PYTHON) scripts/packages.py postgresql hypopg
	@$(VENV_PYTHON) scripts/run_demo.py

test: $(INSTALLED) ## run every check, on a cluster of its own
	@$(PYTHON) scripts/packages.py postgresql hypopg chromium
	@$(VENV_PYTHON) scripts/run_checks.py

lint: $(INSTALLED) ## run the checks that need no database
	@$(VENV_PYTHON) scripts/run_checks.py --static

bench: $(INSTALLED) ## run the benchmarks, after `make demo`: the critical queries, then the advisor on a cluster of its own
	@test -f .local/demo/env || { echo 'There is no demonstration to measure; run `make demo` first.' >&2; exit 1; }
	@$(PYTHON) scripts/cluster.py start
	@set -a && . ./.local/demo/env && set +a && $(VENV_PYTHON) -m benchmarks headline
	@$(PYTHON) scripts/cluster.py --dir .local/bench start --for-tests
	@(set -a && . ./.local/bench/env && set +a && $(VENV_PYTHON) -m benchmarks advisor); status=$$?; \
	    $(PYTHON) scripts/cluster.py --dir .local/bench clean; exit $$status

requirements: ## compile requirements.in to requirements.txt, with hashes
	@command -v uv >/dev/null || { echo 'uv is missing; get it with `pipx install uv` or `python3 -m pip install uv`.' >&2; exit 1; }
	@uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 requirements.in -o requirements.txt

stop: ## end the console and the clusters; the data stay
	@$(PYTHON) scripts/run_demo.py --stop
	@$(PYTHON) scripts/cluster.py --dir .local/demo stop
	@$(PYTHON) scripts/cluster.py --dir .local/test stop
	@$(PYTHON) scripts/cluster.py --dir .local/bench stop

clean: ## remove the clusters with their data, var/ and .venv
	@$(PYTHON) scripts/run_demo.py --stop
	@$(PYTHON) scripts/cluster.py --dir .local/demo clean
	@$(PYTHON) scripts/cluster.py --dir .local/test clean
	@$(PYTHON) scripts/cluster.py --dir .local/bench clean
	@rm -rf .local var .venv

$(INSTALLED): requirements.txt
	@$(PYTHON) scripts/packages.py python
	@$(PYTHON) scripts/make_venv.py
