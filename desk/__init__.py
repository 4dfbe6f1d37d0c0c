"""The privacy desk. Loaded before every other module, so what no process of it may load or leave behind is said here."""

import sys

# structlog takes it along, with five megabytes, to colour tracebacks, which the desk never prints; it is there only because
# flask-limiter has a command line of its own.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

# Python before 3.12.8 takes a half-written .pyc for a whole one when the disk fills up or a file may grow no further, and the
# module then cannot be loaded any more, by any process, when there is room again. `make setup` compiles everything instead.
sys.dont_write_bytecode = True
