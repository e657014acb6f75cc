# The two commands of the README are `make demo` and `make test`; both make what they need first.
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: demo test lint docs install lock clean

demo: install
	$(VENV)/bin/aislescan demo --out demo-run

test: install
	$(PYTHON) -m pytest -n auto --dist worksteal

lint: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# The documentation as pages: docs/_build/index.html. The commands' own help is the source of their page.
docs: install
	$(VENV)/bin/typer cli.py utils docs --name aislescan --title "The commands" --output docs/reference/commands.md
	$(VENV)/bin/sphinx-build -q -W --keep-going -b html docs docs/_build

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml scripts/install.sh
	@sh scripts/install.sh $(VENV)
	@touch $(STAMP)

# Resolve the newest versions again; the hashes make an installation repeatable on every mirror.
lock: install
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --extra cluster --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
