"""The empty form, made once for each kind and language: only its secrets differ from one visitor to the next."""

from collections.abc import Callable, Hashable
from html import escape

from flask import session
from flask_wtf.csrf import generate_csrf

MOST = 100
"""So many forms are kept; a change of the company's profile makes others."""

_kept: dict[Hashable, tuple[str, ...]] = {}


def blank_form(shown: Hashable, secrets: tuple[str, str], make: Callable[[], str]) -> str:
    """Return the page that `make` gives, with this visitor's secrets in place of those that it was first made with.

    `shown` is all that makes one form differ from another. `secrets` are the form's token and its stamp; the forgery token is added here. A page that has something to say
    to this visitor alone is made anew and not kept.
    """
    if "_flashes" in session:
        return make()
    wanted = (*secrets, generate_csrf())
    if shown not in _kept:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[shown] = _cut(make(), wanted)
    return "".join(escape(wanted[int(piece)]) if odd % 2 else piece for odd, piece in enumerate(_kept[shown]))


def _cut(page: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Cut a page at its secrets; every second piece is the number of one."""
    pieces = [page]
    for number, secret in enumerate(wanted):
        cut: list[str] = []
        for at, piece in enumerate(pieces):
            if at % 2:
                cut.append(piece)
                continue
            first, *others = piece.split(escape(secret))
            cut.append(first)
            for other in others:
                cut += [str(number), other]
        pieces = cut
    return tuple(pieces)
