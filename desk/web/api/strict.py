"""JSON as strangers may send it: UTF-8, flat, every key once, nothing that JSON does not know."""

import json
from typing import Any, NoReturn

from flask import abort, make_response, request

from desk.web.api.problems import problem

MOST_BYTES = 256 * 1024
DEEPEST = 8


class NotStrict(Exception):
    """The text is not JSON, or JSON that two readers could read differently."""


def parse(raw: bytes) -> Any:
    """Return the JSON value. Raises `NotStrict` for repeated keys, NaN and infinities, depth over 8, broken UTF-8."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrict("encoding") from error
    _check_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except ValueError as error:
        raise NotStrict("syntax") from error


def check_body() -> None:
    """Refuse a request whose body is not strict JSON: 415, 413 or 400, before anything else reads it."""
    if request.method != "POST":
        return
    request.max_content_length = MOST_BYTES
    if not request.is_json:
        abort(make_response(problem(415, "The body must be application/json.")))
    try:
        parse(request.get_data(cache=True))
    except NotStrict:
        abort(make_response(problem(400, "The body must be one JSON document in UTF-8, with every key once.")))


def _check_depth(text: str) -> None:
    """Count brackets outside strings, so that the parser's own recursion is never tried."""
    depth, in_string, escaped = 0, False, False
    for char in text:
        if in_string:
            escaped, in_string = (char == "\\" and not escaped), (char != '"' or escaped)
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            if depth > DEEPEST:
                raise NotStrict("depth")
        elif char in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("a key twice")
    return found


def _refuse(_name: str) -> NoReturn:
    raise NotStrict("not a JSON number")
