"""Forms that came too late, their session or their proof of origin ended: nothing is done, what was typed comes back."""

from flask import Response, current_app, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from desk.web.origin import is_from_elsewhere

DOORS = frozenset({"staff", "manager", "admin"})
"""Where staff type; the sign-in's own forms hold passwords, which are never shown."""

UNTYPED = frozenset(
    {"csrf_token", "version", "seen", "nonce", "cursor", "step", "remove", "back", "activate", "deactivate"}
    | {"by_mail", "to", "kind", "reason", "outcome", "target", "role", "language", "q"}
)
"""Fields that nobody types into, by the last part of their name; and the search, which is soon typed again."""


def typed_words() -> str:
    """Return what a member of staff typed into the form of this request; empty for what is not to be shown again."""
    if request.method != "POST" or request.blueprint not in DOORS or is_from_elsewhere():
        return ""
    return "\n\n".join(
        value.strip() for name, value in request.form.items(multi=True) if value.strip() and not _is_untyped(name)
    )


def late_page(words: str, status: int) -> Response:
    """Return the page that says that nothing was done, with the words to be copied and the way back over the sign-in."""
    had_files = any(upload.filename for upload in request.files.values())
    page = render_template("auth/late.html", words=words, had_files=had_files, url=_way_back())
    return make_response(page, status)


def _is_untyped(name: str) -> bool:
    return name.rpartition("-")[2] in UNTYPED or name.startswith("was_")


def _way_back() -> str:
    """Return the page that the form stood on, as far as its address tells."""
    arguments = request.view_args or {}
    if "ref" in arguments:
        return url_for("staff.ticket", ref=arguments["ref"])
    adapter = current_app.create_url_adapter(request)
    try:
        if adapter is not None and adapter.match(request.path, method="GET"):
            return request.path
    except (HTTPException, RequestRedirect):
        pass
    return url_for("auth.sign_in_done")
