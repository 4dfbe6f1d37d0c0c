"""Which language a page speaks, and the address of the same page in the other one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import g, has_request_context, request, session, url_for

LANGUAGES = ("ja", "en")

PUBLIC_DOORS = ("public", "public_en")
"""The names under which the public door is mounted, once for each language."""

FACES = {
    "add_message": "status",
    "withdraw": "status",
    "ask_code": "give_code",
    "check_code": "give_code",
}
"""Routes that only take a POST, with the page that a link to them in the other language leads to."""


def current_language() -> str:
    """Return `ja` or `en`: by the address in the public door, by choice elsewhere."""
    if not has_request_context():
        return "ja"
    if (chosen := g.get("language")) is None:
        chosen = _language_of_request()
        g.language = chosen
    return str(chosen)


def _language_of_request() -> str:
    if request.blueprint == "public":
        return "ja"
    if request.blueprint == "public_en":
        return "en"
    if request.path.startswith("/api/"):
        return "en"
    if request.endpoint is None:  # a page that does not exist still has a language
        return "en" if request.path.startswith("/en/") or request.path == "/en" else "ja"
    staff = g.get("staff")
    chosen = staff.language if staff is not None else session.get("language")
    return chosen if chosen in LANGUAGES else "ja"


def public_url(endpoint: str, language: str | None = None, **values: Any) -> str:
    """Return the address of a public page in `language` (the current one unless given)."""
    door = "public_en" if (language or current_language()) == "en" else "public"
    return url_for(f"{door}.{endpoint}", **values)


def language_links() -> list[dict[str, Any]]:
    """Return the links of the language switch; empty where a page has no other version."""
    endpoint = request.endpoint or ""
    if request.blueprint == "auth" and g.get("staff") is None and request.method == "GET":
        path, arguments = url_for(endpoint, **(request.view_args or {})), request.args.to_dict(flat=False)
        return _links(lambda code: _with(path, {**arguments, "language": [code]}))
    # An error's page has none, so that it repeats nothing of its address: a wrong link is one page like any other.
    if request.blueprint not in PUBLIC_DOORS or g.get("is_error"):
        return []
    name = endpoint.split(".", 1)[1]
    name = FACES.get(name, name)
    # Nothing else of the address: the empty form is kept and shown to others, and it needs no more.
    kind = {"kind": [request.args["kind"]]} if "kind" in request.args else {}
    return _links(lambda code: _with(public_url(name, code, **(request.view_args or {})), kind))


def _with(path: str, arguments: dict[str, list[str]]) -> str:
    """Add what stood after the question mark; it never reaches `url_for`, where `_scheme` or `_external` would act."""
    return f"{path}?{urlencode(arguments, doseq=True)}" if arguments else path


def _links(url: Callable[[str], str]) -> list[dict[str, Any]]:
    names = {"ja": "日本語", "en": "English"}
    return [
        {"code": code, "name": names[code], "url": url(code), "current": code == current_language()}
        for code in LANGUAGES
    ]
