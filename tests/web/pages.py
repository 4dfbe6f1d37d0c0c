"""Using the desk's pages without a browser: find a form in the HTML, fill it, send it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart


@dataclass
class HtmlForm:
    """A form as a browser would send it."""

    action: str
    fields: dict[str, Any] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self._area: str | None = None
        self._select: str | None = None
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(HtmlForm(given.get("action") or ""))
            self._open = True
        if not self._open or not self.forms:
            return
        form, name, value = self.forms[-1], given.get("name"), given.get("value") or ""
        if tag == "button" and name:
            form.buttons.append((name, value))
        elif tag == "textarea" and name:
            self._area = name
            form.fields[name] = ""
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in form.fields):
            form.fields[self._select] = value
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if (kind in {"radio", "checkbox"} and "checked" not in given) or kind in {"file", "submit"}:
                return
            form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            held = self.forms[-1].fields[self._area] + data
            self.forms[-1].fields[self._area] = held.removeprefix("\n") if held == data else held


def forms_in(response: TestResponse) -> list[HtmlForm]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(response.get_data(as_text=True))
    return parser.forms


def form_in(response: TestResponse, action: str = "") -> HtmlForm:
    """Return the page's form whose action contains `action`. Fails when there is none."""
    found = [form for form in forms_in(response) if action in form.action]
    assert found, f"no form to {action!r} in {response.request.path} ({response.status_code})"
    return found[0]


def send(client: FlaskClient, form: HtmlForm, **answers: Any) -> TestResponse:
    """Send a form with some answers changed; None leaves a field out. Redirects are not followed."""
    data = MultiDict[str, Any]()
    for name, value in (form.fields | answers).items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                data.add(name, FileStorage(item[0], filename=item[1]) if isinstance(item, tuple) else item)
    boundary, body = encode_multipart(data)
    return client.post(form.action, data=body, content_type=f"multipart/form-data; boundary={boundary}")
