"""What goes wrong in the API, as RFC 9457 problem documents that never repeat what was sent."""

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field, ValidationError

CONTENT_TYPE = "application/problem+json"

WORDS = {
    "missing": "missing",
    "string_too_short": "missing",
    "string_too_long": "too_long",
    "enum": "not_a_choice",
    "literal_error": "not_a_choice",
    "string_type": "not_a_string",
    "string_unicode": "not_a_string",
}
"""Kinds of pydantic's errors in the words of `desk.tickets.asking.Problem`; the rest are `not_valid`."""


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Name of the field; empty for the document itself")
    problem: str = Field(description="What is wrong, such as `missing`, `too_long`, `not_a_choice`, `not_an_email`")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] = Field(default_factory=list)


def problem(status: int, detail: str, errors: dict[str, str] | None = None) -> Response:
    """Return a problem document; `errors` says by field what is wrong."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if errors:
        document["errors"] = [{"field": name, "problem": text} for name, text in errors.items()]
    response = jsonify(document)
    response.status_code, response.content_type = status, CONTENT_TYPE
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response


def on_invalid(error: ValidationError) -> Response:
    """Answer a request that does not have the documented shape."""
    found = {
        ".".join(str(part) for part in one["loc"]): WORDS.get(one["type"], "not_valid")
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    }
    return problem(422, "Some fields cannot be taken.", found)


def documented(*statuses: int) -> dict[str | int, type[BaseModel] | dict[Any, Any] | None]:
    """Return the documentation of problem answers for these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {CONTENT_TYPE: {"schema": schema}}}
        for status in statuses
    }
