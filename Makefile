# Everything a contributor types. Each target first makes the environment when it is missing or out of date; that needs
# Python 3.11 or newer and nothing else. Another interpreter: make PYTHON=python3.12 demo

PYTHON ?= python3
BIN := .venv/bin
UV := .cache/uv/bin/uv
ENVIRONMENT := .venv/.complete
DAGSTER_CONFIG := .dativo/dagster/dagster.yaml

export DAGSTER_HOME := $(CURDIR)/.dativo/dagster
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-unit test-smoke ui lint bench bench-validate faults fuzz lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(ENVIRONMENT) $(DAGSTER_CONFIG) ## Load five real CSV files into Iceberg through Dagster, then query them
	@$(BIN)/python -m demo.fetch
	@$(BIN)/python -m demo.load
	@$(BIN)/python -m demo.show

test: $(ENVIRONMENT) ## Run every test, then the smoke test; takes about twenty minutes
	$(BIN)/python -m tests.all
	$(BIN)/python -m tests.smoke

test-unit: $(ENVIRONMENT) ## Run the tests that need nothing but memory and temporary files
	$(BIN)/python -m pytest tests/unit

test-smoke: $(ENVIRONMENT) ## Run the fixture tenant's jobs through the command line into a temporary lake
	$(BIN)/python -m tests.smoke

ui: $(ENVIRONMENT) ## Open Dagster's page on this checkout's jobs, and start them as their schedules say
	$(BIN)/dativo start orchestrated

lint: $(ENVIRONMENT) ## Check style, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(ENVIRONMENT) ## Load six million rows through Dativo, DuckDB and floe, and time runs of Dagster; takes about seven minutes
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.orchestrated

bench-validate: $(ENVIRONMENT) ## Time `dativo validate` of a thousand jobs and contracts; takes about fifteen seconds
	$(BIN)/python -m benchmarks.validate

faults: $(ENVIRONMENT) ## Kill loads at every step, many times, and count the rows
	DATIVO_FAULT_TRIALS=$${DATIVO_FAULT_TRIALS:-500} $(BIN)/python -m pytest tests/faults

fuzz: $(ENVIRONMENT) ## Read ten thousand configuration files that are wrong in some way; takes about five minutes
	$(BIN)/python -m tests.fuzz.play

lock: $(UV) ## Resolve the dependencies again and write requirements/*.txt
	$(UV) pip compile $(LOCK) pyproject.toml --output-file requirements/run.txt
	$(UV) pip compile $(LOCK) pyproject.toml --group pyproject.toml:dev --output-file requirements/dev.txt

clean: ## Remove what make and the demo produced, the local lake in .dativo included; the environment stays
	rm -rf .dativo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# One lock for every platform and every supported Python. Index addresses stay out: whoever installs has their own.
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header

# uv alone, in a place of its own, so that it can empty and fill the environment without removing itself.
$(UV): requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit("Dativo needs Python 3.11 or newer: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear .cache/uv
	.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(ENVIRONMENT): $(UV) requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(DAGSTER_CONFIG): demo/dagster.yaml
	@mkdir -p $(@D)
	@cp $< $@
