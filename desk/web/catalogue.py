"""The words of a page in its language: each catalogue is looked for once, not anew for each of a page's words."""

from typing import Any

from flask import Flask
from flask_babel import get_locale, get_translations

_catalogues: dict[str, Any] = {}


def init_catalogue(app: Flask) -> None:
    """Let templates find their words here; to be called after Flask-Babel, which goes a longer way."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # its i18n extension brings it
        lambda text: _catalogue().gettext(text),
        lambda one, many, count: _catalogue().ngettext(one, many, count),
        newstyle=True,
    )


def gettext(text: str) -> str:
    """Return a text without variables in the page's language."""
    return str(_catalogue().gettext(text))


def ngettext(one: str, many: str, count: int) -> str:
    """Return a text for a number of things in the page's language; it may show the number as %(num)s."""
    return str(_catalogue().ngettext(one, many, count)) % {"num": count}


def _catalogue() -> Any:
    locale = get_locale()
    if locale is None:
        return get_translations()
    found = _catalogues.get(locale.language)
    if found is None:
        found = _catalogues[locale.language] = get_translations()
    return found
