"""What every page can ask for: the company, the language switch, addresses of public pages."""

from typing import Any

from flask import Flask, current_app

from desk import clock
from desk.company.profile import Profile, profile
from desk.web.languages import current_language, language_links, public_url


def init_pages(app: Flask) -> None:
    """Give the templates their common names."""
    app.context_processor(_common)


def _common() -> dict[str, Any]:
    return {
        "company": _company(),
        "language_links": language_links,
        "public_url": public_url,
        "today": clock.today,
        "endpoints": current_app.view_functions,
    }


def _company() -> Profile:
    return profile(current_language())
