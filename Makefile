# The two commands: `make run` and `make test`. Everything else is a part of one of them.
PY ?= python3
DESK := .venv/bin/desk
RUN := .venv/bin

# How many processes share the tests (one more than there are processors: some of a test is waiting), and the percentage of
# lines and branches below which `make test` fails.
JOBS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)
COVERAGE ?= 90
TICKETS ?= 100000
KILLS ?= 1000
# A part of the tests: make test TESTS=tests/law
TESTS ?=
# What `make explore` and `make chaos` draw from: give the number that it printed to repeat a run.
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')

# A desk is five processes, and the tests start hundreds: none should compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-days explore setup system lint types format bench chaos clean

run: setup
	exec $(DESK) up

# Root may install what is missing; anybody else is told in one line before anything runs.
test: setup
	@if [ "$$(id -u)" = 0 ]; then $(MAKE) -s --no-print-directory system; else sh scripts/system.sh --check; fi
	@JOBS=$(JOBS) COVERAGE=$(COVERAGE) sh scripts/test.sh $(TESTS)

# The tests of rows once more, at moments and under settings where dates go wrong.
test-days: setup
	@JOBS=$(JOBS) sh scripts/test-days.sh

# Look for failing inputs that nobody has met yet; what it finds becomes a fixed case. Never part of `make test`.
explore: setup
	DESK_TEST_EXPLORE=$(SEED) $(RUN)/pytest -m "hypothesis or chance" --hypothesis-seed=$(SEED) $(TESTS)

setup: .venv/.ok .venv/.words .venv/.compiled

# uv trusts its own list of authorities first; behind a company's proxy only the machine's list knows the proxy's.
SYNC := UV_PYTHON_DOWNLOADS=never .uv/bin/uv sync -q --frozen --compile-bytecode --python $(PY)

# uv comes by pip into a folder of its own: no venv module, no system package, no root needed.
.uv/bin/uv:
	$(PY) -m pip install -q --disable-pip-version-check --root-user-action=ignore --target .uv "uv==0.13.*"

.venv/.ok: .uv/bin/uv pyproject.toml uv.lock Makefile
	@$(SYNC) 2>/dev/null || $(SYNC) --system-certs
	@touch $@

# The English words: each door keeps its own catalogue beside its code.
.venv/.words: .venv/.ok $(shell find desk/translations -name '*.po' 2>/dev/null)
	@for po in $(filter %.po,$^); do $(RUN)/pybabel -q compile -f -i "$$po" -o "$${po%.po}.mo" || exit 1; done
	@touch $@

# All bytecode is written here, and none by a desk at work: `desk/__init__.py` says why.
.venv/.compiled: .venv/.ok worker.py $(shell find desk migrations -name '*.py' 2>/dev/null)
	@$(RUN)/python -m compileall -q desk migrations worker.py
	@touch $@

# The Debian packages that only the tests need (a browser, Japanese fonts, an IMAP server).
system:
	@sh scripts/system.sh

lint: setup
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports
	@if [ -d templates ]; then set -x; $(RUN)/djlint --quiet --lint templates; fi

types: setup
	$(RUN)/mypy

format: setup
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

# Kill the desk's processes and everything under them again and again, then audit what left and what is stored.
chaos: TICKETS := 20000
chaos: setup
	$(RUN)/python -m tests.chaos --kills $(KILLS) --tickets $(TICKETS) --seed $(SEED)

bench: setup
	@$(RUN)/python -m bench --tickets $(TICKETS)

# Everything that a build or a test makes; never the data folder.
clean:
	rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	if [ -d desk/translations ]; then find desk/translations -name '*.mo' -delete; fi
