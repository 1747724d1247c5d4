# Everything a developer does. `make run` and `make test` set up what they need, on a machine with Python and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help run test check format bench lock clean

help:
	@echo "make run     start the quick start: http://127.0.0.1:8080"
	@echo "make test    the whole test suite, with coverage"
	@echo "make check   lint, formatting and types"
	@echo "make bench   benchmarks, as ratios against a baseline of the same run"
	@echo "make format  format the code and fix what the linter can"
	@echo "make lock    resolve the dependencies anew (needs uv)"
	@echo "make clean   remove everything that was made"

# The virtual environment, with exactly the versions and hashes of the lock file.
$(READY): pyproject.toml .requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

run: $(READY)
	$(BIN)/edgeproxy serve examples/quickstart/edgeproxy.yaml

test: $(READY)
	$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m tests.bench $(ARGS)

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --all-extras --group dev \
		pyproject.toml --output-file .requirements.lock

clean:
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
