# make report   the first thing to try: needs git, make and Python 3.11 or newer
# make help     the rest

PYTHON ?= python3
VENV ?= .venv
export PYTHON VENV

py := $(VENV)/bin/python
notebooks := $(wildcard notebooks/*.ipynb)
# two at a time: what the smallest machine has
jobs ?= 2

.PHONY: help report test check steps docs pictures lab lock bench bench-page bench-peers calibrate validate mutate clean set-up set-up-dev
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## show this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

report: set-up ## set up, then write build/report.html from the data in datasets/
	@mkdir -p build
	$(py) -m evidence report datasets/cosmetic_trials.csv datasets/meta_tables/*.csv \
		--claims datasets/article_claims.csv --title "Audit of two lifting-serum articles" \
		-o build/report.html
	@echo "Open build/report.html in a browser."

test: set-up-dev steps ## set up, then check, and run every test, example and notebook
	@sh .ci/system-packages
	$(py) -m pytest -q -n $(jobs) --doctest-glob='*.md' $(if $(notebooks),--nbmake) \
		tests evidence docs $(notebooks)

check: set-up-dev steps ## format, lint, types, floors and the quick tests: the inner loop
	$(py) -m pytest -q -n $(jobs) -m "not slow" tests evidence

steps: set-up-dev
	$(py) -m ruff format --check .
	$(py) -m ruff check .
	$(py) -m mypy
	$(py) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

docs: set-up-dev ## build the site of docs/ into build/site, notebooks run; needs no network
	@NO_MKDOCS_2_WARNING=1 $(py) -m mkdocs build --quiet
	@echo "Open build/site/index.html in a browser."

pictures: set-up-dev ## take the pictures under docs/pictures with Chromium
	@$(py) tests/browser/take_pictures.py

lab: set-up-dev ## open the notebooks in JupyterLab
	$(py) -m jupyterlab notebooks

bench: set-up-dev bench-peers ## time everything beside metafor and other packages; writes build/benchmarks.md
	@$(py) tests/bench/page.py

bench-page: set-up-dev ## copy what `make bench` measured to docs/benchmarks.md
	@$(py) tests/bench/page.py --publish

calibrate: set-up-dev ## measure the recovery rules against known truths; writes docs/methods/calibration.md
	@$(py) tests/calibration/calibrate.py

validate: set-up-dev ## hold the score against Cochrane reviews, where their data are; writes docs/validation.md
	@$(py) tests/validation/write_page.py

# The packages to compare with, in an environment of their own; without them the rest is timed.
bench-peers:
	@if ! cmp -s tests/bench/peers.lock build/bench-venv/peers.lock; then \
		echo "installing what tests/bench/peers.lock lists into build/bench-venv"; \
		$(py) -m venv --clear build/bench-venv \
		&& build/bench-venv/bin/python -m pip --disable-pip-version-check --no-input install \
			--quiet --require-hashes --requirement tests/bench/peers.lock \
		&& cp tests/bench/peers.lock build/bench-venv/peers.lock \
		|| echo "tests/bench/peers.lock cannot be installed here; what is missing is named below"; fi

mutate: set-up-dev ## put faults into the kernels one by one, see whether a test fails; 15 minutes or so
	@$(py) tests/mutation/run.py --jobs $(jobs)

# Keeps every version that still fits; `make lock UPGRADE=--upgrade` takes the newest of all.
# uv lives in an environment of its own, so that no lock can contain it.
resolve = build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header $(UPGRADE)

lock: ## resolve the lock files anew
	$(PYTHON) -m venv --clear build/uv
	build/uv/bin/python -m pip --disable-pip-version-check install --quiet uv
	$(resolve) --extra report --extra build pyproject.toml -o requirements.lock
	$(resolve) --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(resolve) tests/bench/peers.in -o tests/bench/peers.lock

clean: ## remove what make made, the environment included
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache .benchmarks htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up:
	@sh .ci/set-up requirements.lock

set-up-dev:
	@sh .ci/set-up requirements-dev.lock
