# The two commands are `make run` and `make test`; both set up what they need and are safe to repeat.
PYTHON ?= python3.11
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup
BUILT := frontend/dist/index.html
FRONTEND_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) frontend/index.html frontend/vite.config.ts

.PHONY: setup run test check audit format schema clean
.DELETE_ON_ERROR:

setup: $(SETUP) $(BUILT)

# system.sh says what is missing, and installs it as root on Debian
$(SETUP): pyproject.toml constraints.txt
	@sh scripts/system.sh runtime
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

frontend/node_modules/.setup: frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT): $(SETUP) frontend/node_modules/.setup $(FRONTEND_SOURCES)
	cd frontend && npm run --silent build
	$(BIN)/python -m whitenoise.compress --quiet --no-brotli frontend/dist

run: setup
	PORT=$(PORT) $(BIN)/winnow serve

test: setup
	@sh scripts/system.sh test
	@sh scripts/test.sh

check: setup
	@sh scripts/check.sh

# needs the network, so it is not part of `make check`
audit: setup
	@sh scripts/audit.sh

format: $(SETUP)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix --quiet .

schema: $(SETUP) frontend/node_modules/.setup
	@mkdir -p build
	$(BIN)/winnow manage openapi > build/openapi.json
	cd frontend && npm run --silent schema

clean:
	rm -rf $(VENV) frontend/node_modules frontend/dist build
