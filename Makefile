# Everything from a fresh clone: `make demo` and `make test` create what they need in .venv.
# PYTHON names the interpreter to start from (3.11 or newer): make test PYTHON=python3.11

PYTHON ?= python3
FUZZ_SECONDS ?= 300
PIP := -m pip -qq --require-virtualenv --disable-pip-version-check
CONSTRAINTS := constraints.txt pyproject.toml formats/pyproject.toml

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-formats types-public fuzz lint format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: .venv/.demo-stamp ## Encode and decode the example photos; print sizes and quality
	@.venv/bin/python examples/demo.py

# A process for each core, each of which computes with one thread.
test: lint ## Lint, type-check and run the whole test suite
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -q -n auto --dist worksteal

lint: .venv/.test-stamp ## Style, types and the direction of imports
	.venv/bin/ruff check --quiet .
	.venv/bin/ruff format --quiet --check .
	.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo

format: .venv/.test-stamp ## Rewrite the code in the project's style
	.venv/bin/ruff check --quiet --fix .
	.venv/bin/ruff format --quiet .

test-formats: .venv-formats/.stamp ## Test the file format where torch is not installed
	@! .venv-formats/bin/python -c 'import torch' 2>/dev/null || \
	  { echo 'torch can be imported in .venv-formats' >&2; exit 1; }
	.venv-formats/bin/pytest -q tests/formats

# The checker looks at the package that the first python of PATH has installed.
types-public: .venv-formats/.types-stamp ## Check that every public type of the file format is complete
	@export PATH="$(CURDIR)/.venv-formats/bin:$$PATH"; \
	found=$$(basedpyright --verifytypes rescodec_formats --ignoreexternal) || \
	  { echo "$$found" >&2; exit 1; }; \
	echo "$$found" | grep 'completeness score'

# Findings, crash-* and the like, stay in fuzz/findings, the files that they grew from in fuzz/corpus.
fuzz: .venv/.fuzz-stamp ## Look for files that crash the reader, for FUZZ_SECONDS (300)
	@mkdir -p fuzz/corpus fuzz/findings
	@cp formats/conformance/*.png fuzz/corpus
	.venv/bin/python fuzz/read_file.py fuzz/corpus \
	  -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1024 -timeout=10 -max_len=8192 \
	  -artifact_prefix=fuzz/findings/ -print_final_stats=1

clean: ## Remove the environments, caches and build products
	rm -rf .venv .venv-formats .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -rf .hypothesis .coverage htmlcov build dist formats/build formats/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that an interrupted run left half made is made anew.
define environment
	@{ test -f $(1)/pyvenv.cfg && $(1)/bin/python -m pip --version >/dev/null 2>&1; } || \
	  { echo 'Creating $(1)'; $(PYTHON) -m venv --clear $(1); }
endef

.venv/.demo-stamp: $(CONSTRAINTS)
	$(call environment,.venv)
	@echo 'Installing rescodec into .venv (torch is large; this takes a while once)'
	.venv/bin/python $(PIP) install -c constraints.txt -e ./formats -e .
	@touch $@

.venv/.test-stamp: .venv/.demo-stamp
	.venv/bin/python $(PIP) install -c constraints.txt -e ./formats -e '.[dev]'
	@touch $@

.venv/.fuzz-stamp: .venv/.test-stamp
	.venv/bin/python $(PIP) install -c constraints.txt -e ./formats -e '.[fuzz]'
	@touch $@

# Not editable: these tests see the package as its users install it.
.venv-formats/.stamp: constraints.txt $(shell find formats -name '*.py' -o -name '*.toml')
	$(call environment,.venv-formats)
	.venv-formats/bin/python $(PIP) install --force-reinstall --no-deps ./formats
	.venv-formats/bin/python $(PIP) install -c constraints.txt ./formats pytest hypothesis pypng
	@touch $@

.venv-formats/.types-stamp: .venv-formats/.stamp
	.venv-formats/bin/python $(PIP) install -c constraints.txt basedpyright
	@touch $@
