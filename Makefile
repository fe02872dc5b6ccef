# make run         the product, at http://127.0.0.1:8000
# make test        the tests
# make cluster     a primary, two replicas and two servers of the product behind one address, on this machine
# make lint        checks of the code without running it
# make messages    the sentences to translate, collected into locale/, and the catalogues compiled
# make requirements   pins the versions again, from requirements*.in
# make sbom        the parts that the product runs with, their versions, licences and hashes: dist/sbom.cdx.json
# make sdk         the Python client: its wheel in dist/, tried in an empty virtual environment
# make bench       how fast it is, beside Django's own list
# make bench-http  how fast the HTTP API is, beside a bare Django view
# make bench-servers  how fast the pages are with other servers (python -m pip install gunicorn uvicorn first)
# make bench-searches  the ways to run a search, compared
# make bench-memory  what a worker process holds after ten thousand requests
# make bench-writes  what each index costs when customers are created
# make bench-import  how fast customers come in, beside a plain COPY
# make bench-tricks  pages and calls with each trick, and with Django's own way
# make bench-docs  all of these, their tables put into docs/benchmarks.md and README.md
# make chaos      the product under load while everything fails at random: 10 minutes, or MINUTES=2 make chaos
# make fuzz       hostile requests of each role: 60,000 and schemathesis; SEED=, REQUESTS= and MINUTES= as wanted
# make screenshots the pictures of the README

PYTHON ?= python3
VENV := .venv/bin/python
MANAGE := $(VENV) -W error::DeprecationWarning -W error::PendingDeprecationWarning manage.py
PIP := $(VENV) -m pip install --quiet --disable-pip-version-check --no-input
CHROMIUM := for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit; done; \
	$(VENV) -c 'import os, playwright.sync_api as p; \
	s = p.sync_playwright().start(); found = os.path.exists(s.chromium.executable_path); s.stop(); exit(not found)'

.PHONY: run cluster test lint messages requirements sbom sdk bench bench-http bench-servers bench-searches bench-memory bench-writes bench-import bench-tricks bench-docs chaos fuzz screenshots chromium

run: .venv/installed
	@exec $(VENV) -m proyecta_admin.serve

cluster: .venv/installed
	@exec $(VENV) -m scripts.cluster

test: .venv/installed-for-tests chromium
	$(VENV) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# With production settings and a data directory of its own, so that the result is the same on every machine.
lint: .venv/installed-for-tests
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m djlint templates --extend-exclude templates/django --lint --quiet
	$(VENV) -m djlint templates/django --profile django --lint --quiet
	$(VENV) -m scripts.messages --check
	$(VENV) -m mypy --config-file sdk/pyproject.toml --cache-dir build/mypy/sdk
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && chmod 711 "$$data" && \
	unset DATABASE_URL DEBUG SECRET_KEY API_KEY_SECRET && \
	export PROYECTA_DATA_DIR="$$data" HTTPS=1 PROXY=1 ALLOWED_HOSTS=admin.example.com && set -x && \
	$(VENV) -m mypy && \
	$(MANAGE) check --deploy --fail-level WARNING && \
	$(MANAGE) makemigrations --check --dry-run

messages: .venv/installed
	$(VENV) -m scripts.messages

requirements: .venv/installed-for-tests
	$(VENV) -m uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
		--no-emit-index-url --no-emit-find-links --output-file requirements.txt requirements.in
	$(VENV) -m uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
		--no-emit-index-url --no-emit-find-links --output-file requirements-dev.txt requirements-dev.in

sbom: .venv/installed-for-tests
	$(VENV) -m scripts.sbom

sdk: .venv/installed-for-tests
	@rm -rf dist build/sdk
	$(VENV) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist ./sdk
	@$(VENV) -m venv build/sdk
	@build/sdk/bin/python -m pip install --quiet --disable-pip-version-check --no-input dist/proyecta-*.whl
	SDK_PYTHON=build/sdk/bin/python $(VENV) -m pytest tests/sdk/test_against_server.py -k smoke

bench: .venv/installed
	$(VENV) -m benchmarks $(if $(ROWS),--rows $(ROWS))

bench-http: .venv/installed
	$(VENV) -m benchmarks.http $(if $(ROWS),--rows $(ROWS))

bench-servers: .venv/installed
	$(VENV) -m benchmarks.servers $(if $(ROWS),--rows $(ROWS))

bench-searches: .venv/installed
	$(VENV) -m benchmarks.searches $(if $(ROWS),--rows $(ROWS))

bench-memory: .venv/installed
	$(VENV) -m benchmarks.memory $(if $(ROWS),--rows $(ROWS))

bench-writes: .venv/installed
	$(VENV) -m benchmarks.writes $(if $(ROWS),--rows $(ROWS))

bench-import: .venv/installed
	$(VENV) -m benchmarks.imports $(if $(ROWS),--rows $(ROWS))

bench-tricks: .venv/installed
	$(VENV) -m benchmarks.tricks $(if $(ROWS),--rows $(ROWS))

bench-docs: .venv/installed
	$(VENV) -m benchmarks.documents $(if $(ROWS),--rows $(ROWS))

chaos: .venv/installed-for-tests
	PYTHONPATH=sdk/src $(VENV) -m chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

fuzz: .venv/installed-for-tests
	$(VENV) -m fuzz $(if $(SEED),--seed $(SEED)) $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(MINUTES),--minutes $(MINUTES))

screenshots: .venv/installed-for-tests chromium
	$(VENV) -m scripts.screenshots

chromium: .venv/installed-for-tests
	@if ! ( $(CHROMIUM) ); then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium for the browser tests…"; \
			{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy chromium; } >/dev/null; \
		else \
			$(VENV) -m playwright install chromium; \
		fi; \
		( $(CHROMIUM) ) || { echo "The browser tests need Chromium: install it so that the command chromium is found." >&2; exit 1; }; \
	fi

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Proyecta Admin needs Python 3.11 or newer: install it, or name it, as in make run PYTHON=python3.12." >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@echo "Installing what the product needs…"
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

.venv/installed-for-tests: requirements-dev.txt .venv/installed
	@echo "Installing what the tests need…"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
