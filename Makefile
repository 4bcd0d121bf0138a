# One command each, on a fresh machine with Python >= 3.11, make and git.
PYTHON ?= python3
VENV := .venv
# Some tests wait for answers that never come, so one more worker than there are cores.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
BIN := $(VENV)/bin
CONNECTORS := generic salesforce sandbox tryton
LOCAL := -e . $(CONNECTORS:%=-e connectors/%)

.PHONY: help setup setup-dev demo test lint types imports check bench kills proof lock clean

help:
	@echo "make demo    set up, then run the main job on a generated German B2B world"
	@echo "make test    set up, then run all tests"
	@echo "make check   linters, types, import contracts"
	@echo "make bench   the benchmarks, beside their yardsticks"
	@echo "make kills   a sync killed at more than 2,000 points: lost, doubled, false dead letters"
	@echo "make proof   2,000 random policies on 50 leads each: compiled formulas decide as the evaluator does"
	@echo "make lock    write the lock files anew (needs uv)"

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "leadpolicy needs Python >= 3.11; call: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/pyvenv.cfg requirements/run.txt pyproject.toml $(wildcard connectors/*/pyproject.toml)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(LOCAL)
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.run

setup-dev: $(VENV)/.dev

demo: setup
	@$(BIN)/leadpolicy demo --out demo-output

test: setup-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy src $(CONNECTORS:%=connectors/%/src)
	$(BIN)/mypy tests benchmarks $(CONNECTORS:%=connectors/%/tests)

imports: setup-dev
	$(BIN)/lint-imports

check: lint types imports

$(VENV)-bench/.done: requirements/bench.txt $(VENV)/pyvenv.cfg
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(LOCAL)
	@touch $@

bench: $(VENV)-bench/.done
	$(VENV)-bench/bin/python -m benchmarks.one_lead
	$(VENV)-bench/bin/python -m benchmarks.whole_way
	$(VENV)-bench/bin/python -m benchmarks.validators
	$(VENV)-bench/bin/python -m benchmarks.compile_time
	$(VENV)-bench/bin/python -m benchmarks.import_time
	$(VENV)-bench/bin/python -m benchmarks.outbox
	$(VENV)-bench/bin/python -m benchmarks.sync_efficiency
	$(VENV)-bench/bin/python -m benchmarks.salesforce_calls

proof: setup-dev
	$(BIN)/python -m benchmarks.formula_proof --policies 2000 --leads 50

kills: $(VENV)-bench/.done
	$(VENV)-bench/bin/python -m benchmarks.kill_points

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header

lock:
	$(COMPILE) pyproject.toml requirements/run.in -o requirements/run.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) pyproject.toml requirements/run.in requirements/bench.in -o requirements/bench.txt

clean:
	rm -rf $(VENV) $(VENV)-bench demo-output
