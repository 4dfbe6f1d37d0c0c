"""The RQ worker: one application, one process, the desk's own jobs only."""

import sys

import structlog

import desk.jobs  # noqa: F401 - imported once here, not again in every work horse
from desk.app import create_app
from desk.config import ConfigError
from desk.queue import run_worker

log = structlog.get_logger()


def main() -> int:
    """Run until told to stop; wait for Redis when it is away."""
    try:
        app = create_app()
    except ConfigError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    return run_worker(app)


if __name__ == "__main__":
    sys.exit(main())
