# Everything a person types. Needs Python 3.11-3.13 and make; uv is fetched into .uv if it is not there.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
# Processes that share the tests; a file's tests stay in one of them.
WORKERS ?= 2
# The benchmark that is run.
BENCH ?= spine
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
SYNCED := .venv/.synced
MANIFEST := dbt_project/target/manifest.json
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export DO_NOT_TRACK := 1

.PHONY: help setup manifest run ui serve stop notebooks test check bench pictures docs kafka kafka-stop clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"socialai needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	@echo "Fetching uv, which installs the rest"
	@$(PYTHON) -m venv .uv || { echo "python3 has no venv module: install it (Debian: apt install python3-venv)" >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"

$(SYNCED): pyproject.toml uv.lock | $(filter .uv/bin/uv,$(UV))
	@echo "Installing the locked packages into .venv (some minutes the first time)"
	@# Compiled now, as every start would compile thousands of modules where Python may not keep what it compiled.
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch $@

setup: $(SYNCED)  ## install everything, locked

$(MANIFEST): $(SYNCED) $(shell find dbt_project/models dbt_project/macros dbt_project/tests -type f -not -name _contracts.yml 2>/dev/null) dbt_project/dbt_project.yml dbt_project/profiles.yml $(shell find socialai_assets -name '*contracts.py' -o -name sources.yaml) socialai_assets/factories/dbt_documentation.py
	@echo "Building dbt's manifest"
	@$(BIN)/python -m socialai_assets.factories.dbt_documentation

manifest: $(MANIFEST)  ## build dbt's manifest from SQL and contracts

run: $(MANIFEST)  ## make everything: tables, models, predictions, maps
	@$(BIN)/socialai run

ui: $(MANIFEST)  ## open the Dagster UI on this machine
	@$(BIN)/socialai ui

serve: $(MANIFEST)  ## start dashboard and service on this machine, behind
	@$(BIN)/socialai serve --background

stop: $(SYNCED)  ## stop them
	@$(BIN)/socialai stop

notebooks: $(MANIFEST)  ## open the notebooks in JupyterLab, which is installed first
	@$(UV) sync --locked --quiet --compile-bytecode --inexact --group notebooks
	@$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

test: $(MANIFEST)  ## all tests
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(MANIFEST)  ## formatting, types, import rules, definitions
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@DAGSTER_HOME= $(BIN)/dagster definitions validate -w workspace.yaml

bench: $(MANIFEST)  ## measure runs, latency and scaling; BENCH=service and others: one of benchmarks/
	@$(BIN)/python -m benchmarks.$(BENCH)

pictures: $(MANIFEST)  ## draw the user guide's pictures anew
	@PICTURES=docs/screenshots $(BIN)/pytest tests/browser/test_guide_pictures.py

docs: $(MANIFEST)  ## dbt's documentation of every table and column
	@$(BIN)/socialai docs

kafka: $(SYNCED)  ## start a Kafka broker on this machine (Java 17 and Maven)
	@$(BIN)/python -m resources.kafka_broker start

kafka-stop: $(SYNCED)  ## stop that broker; what it holds stays
	@$(BIN)/python -m resources.kafka_broker stop

clean:  ## remove what was installed and built, not the data
	rm -rf .venv .uv .kafka dbt_project/target dbt_project/logs
