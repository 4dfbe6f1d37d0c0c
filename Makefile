# The two commands: `make run` and `make test`. Everything else is a part of one of them.
PY ?= python3
DESK := .venv/bin/desk
RUN := .venv/bin

.PHONY: run test setup system lint types format bench clean

run: setup
	exec $(DESK) up

setup: .venv/.ok .venv/.words

# uv comes by pip into a folder of its own: no venv module, no system package, no root needed.
.uv/bin/uv:
	$(PY) -m pip install -q --disable-pip-version-check --root-user-action=ignore --target .uv "uv==0.13.*"

.venv/.ok: .uv/bin/uv pyproject.toml uv.lock
	UV_PYTHON_DOWNLOADS=never .uv/bin/uv sync -q --frozen --python $(PY)
	@touch $@

# The English words: each door keeps its own catalogue beside its code.
.venv/.words: .venv/.ok $(shell find desk/translations -name '*.po' 2>/dev/null)
	@find desk/translations -name '*.po' -exec sh -c 'for f; do $(RUN)/pybabel -q compile -f -i "$$f" -o "$${f%.po}.mo" || exit 1; done' _ {} +
	@touch $@
