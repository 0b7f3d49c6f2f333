# Every target stands alone: it makes .venv and installs into it what constraints.txt pins, if that has not been done yet.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Its declared dependencies would replace torch by a CUDA build of several GB; what it imports is in the dev extra.
MOGE := dlr-moge==2.0.0 dlr-utils3d==1.3

.PHONY: install demo test lint schemas clean

install: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --constraint constraints.txt --editable '.[dev]'
	$(BIN)/pip install --no-deps $(MOGE)
	touch $@

demo: $(READY)
	$(BIN)/share-data build recipes/demo.yaml
	$(BIN)/share-data evaluate out/demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n auto --dist loadgroup

schemas: $(READY)
	$(BIN)/python -m share_data.recipe.schemas schemas

clean:
	rm -rf .venv out
