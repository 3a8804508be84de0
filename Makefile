# Everything a newcomer or CI does. `make help` lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# uv installs in seconds where it is present; pip does the same from the same locked, hashed files.
define install
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --require-hashes -r $(1); \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); fi
endef

define install-checkout
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --no-deps -e .; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .; fi
endef

.PHONY: chromium help run test check faults bench screenshots lighthouse messages clean

help: ## List these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

.venv/run.stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)
	$(call install-checkout)
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(call install,requirements-dev.lock)
	@touch $@

heritage/static/dist/manifest.json: package-lock.json package.json $(wildcard assets/*) $(wildcard assets/*/*)
	@command -v npm >/dev/null || { echo "Node 20 or newer with npm is needed to build the pages' assets" >&2; exit 1; }
	@npm ci --silent --no-audit --no-fund
	@node assets/build/build.mjs

run: .venv/run.stamp heritage/static/dist/manifest.json ## Start on the embedded database with the starter set, at a day of May 2015
	@$(BIN)/heritage starter load --if-empty
	@exec $(BIN)/heritage run --port $(PORT) --replay 2015-05-21

chromium:
	@test -n "$(CHROMIUM)" || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	|| { echo "A Chromium is needed for the browser tests: apt-get install chromium" >&2; exit 1; }

test: .venv/dev.stamp heritage/static/dist/manifest.json chromium ## Run every test
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup

check: .venv/dev.stamp ## Lint, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy heritage && $(BIN)/lint-imports

faults: .venv/dev.stamp heritage/static/dist/manifest.json ## Long runs that kill processes
	@$(BIN)/python -m pytest -q -m faults

bench: .venv/dev.stamp ## Side by side against what a user would use instead
	@$(BIN)/python -m benchmarks

screenshots: .venv/dev.stamp heritage/static/dist/manifest.json chromium ## Every page as a picture, into screenshots/
	@$(BIN)/python -m benchmarks.screenshots

benchmarks/lighthouse/node_modules/.package-lock.json: benchmarks/lighthouse/package-lock.json benchmarks/lighthouse/package.json
	@npm ci --silent --no-audit --no-fund --prefix benchmarks/lighthouse

lighthouse: .venv/dev.stamp heritage/static/dist/manifest.json benchmarks/lighthouse/node_modules/.package-lock.json chromium ## Lighthouse's scores of overview, browse and dossier
	@$(BIN)/python -m benchmarks.scores

messages: .venv/dev.stamp ## Collect texts, bring the catalogues up to date, compile them
	@$(BIN)/pybabel -q extract -F babel.cfg --add-location file --sort-by-file -o heritage/translations/messages.pot --project heritage --msgid-bugs-address heritage --copyright-holder heritage .
	@$(BIN)/pybabel -q update -i heritage/translations/messages.pot -d heritage/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120
	@$(BIN)/pybabel -q compile -d heritage/translations

clean: ## Remove what was built; the data in var/ stay
	@rm -rf .venv node_modules heritage/static/dist dist build
