"""The RQ worker: one application, one process, the desk's own jobs only."""

import sys

from sqlalchemy.exc import DBAPIError

import desk.jobs  # noqa: F401 - imported once here, not again in every work horse
from desk.app import create_app
from desk.config import ConfigError
from desk.events import trouble
from desk.queue import Ears, run_worker

EARS = Ears(foreign=lambda: trouble.note(trouble.FOREIGN_JOB), failed=trouble.note_error, done=trouble.tell)


def main() -> int:
    """Run until told to stop; wait for Redis when it is away."""
    try:
        app = create_app()
    except ConfigError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    except DBAPIError as error:
        print(f"worker: the database did not answer ({type(error.orig).__name__})", file=sys.stderr)
        return 1
    return run_worker(app, EARS)


if __name__ == "__main__":
    sys.exit(main())
