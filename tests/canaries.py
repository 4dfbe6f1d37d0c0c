"""Looking for what must not be there: in a dump, a log, a mail or a queue, where chance must not plant it either."""

from string import hexdigits

LEAST_BITS = 36
"""A canary of fewer would stand in a megabyte of ids, keys and seals by itself now and then."""


def bits(canary: str) -> float:
    """Return how improbable a canary is at a given place of random bytes, digits or letters: the poorest alphabet counts."""
    if canary.isdecimal() and canary.isascii():
        return len(canary) * 3.32
    if set(canary) <= set(hexdigits):
        return len(canary) * 4.0
    return sum(6.0 if char.isascii() else 8.0 * len(char.encode()) for char in canary)


def assert_absent(canary: str | bytes, held: str | bytes) -> None:
    """Fail when a canary stands in what is held; also when it is so short that it could stand there by chance."""
    text = canary.decode() if isinstance(canary, bytes) else canary
    assert bits(text) >= LEAST_BITS, f"{text!r} may occur by itself: take a longer canary"
    held = held.encode() if isinstance(held, str) else held
    assert text.encode() not in held, f"{text!r} was found"
