"""When work is due: the table of periodic jobs and the small clock that rings them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job and how often it is due, in seconds."""

    job: str
    every_s: int


TABLE = (Periodic("deliver", 10), Periodic("index", 15))
