"""The privacy desk. Loaded before every other module, so what no process of it may load is said here."""

import sys

# structlog takes it along, with five megabytes, to colour tracebacks, which the desk never prints; it is there only because
# flask-limiter has a command line of its own.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
