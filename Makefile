# make demo       a real run on a fresh machine: own environment, no Qt, no napari
# make test       own environment, lint, types, import contracts, all tests
# make lint       only the first three;  make format: let ruff mend what it can
# make pytest ARGS=tests/test_progress.py    some of the tests
# make docs-pictures    the pictures of the documentation, from the real window
# make benchmark DATA=folder    quality and speed beside the peers; hours

PYTHON ?= python3
DATA ?= ../shared/data
BIN := .venv/bin
# A real screen of its own, so that napari draws and no window pops up.
SCREEN = $(if $(shell command -v xvfb-run),xvfb-run -a -s "-screen 0 1600x1200x24")
SETUP := scripts/setup.py pyproject.toml constraints.txt

.PHONY: demo test lint format pytest docs-pictures benchmark clean

demo: .venv-demo/.installed
	.venv-demo/bin/python -m napari_metastruct demo --output demo-output

test: lint pytest

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

pytest: .venv/.installed
	$(SCREEN) $(BIN)/python -m pytest $(ARGS)

format: .venv/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs-pictures: .venv/.installed
	$(SCREEN) $(BIN)/python scripts/docs_pictures.py docs/images

benchmark: .venv/.installed
	$(BIN)/python benchmarks/unsupervised.py --data $(DATA)
	$(BIN)/python benchmarks/speed_unsupervised.py

# The stamps: installed again only when what is to be installed has changed.
.venv/.installed: $(SETUP)
	$(PYTHON) scripts/setup.py .venv all,testing,bench,zoo
	touch $@

.venv-demo/.installed: $(SETUP)
	$(PYTHON) scripts/setup.py .venv-demo
	touch $@

clean:
	rm -rf .venv .venv-demo build dist demo-output
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
