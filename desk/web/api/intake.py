"""Public intake by API: the form's rules and limits for machines. It belongs to the public door."""

from typing import Any

from flask import Response, current_app, jsonify, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from desk import clock
from desk.handling.intake import Submission, open_ticket
from desk.handling.kinds import askable_kinds
from desk.handling.replays import OtherBody, ReplayKey, find_answer, keep_answer
from desk.tickets.access import status_path
from desk.tickets.asking import Asked, Problem, UnreadableText, check, read_asked
from desk.tickets.content import Origin
from desk.tickets.models import Channel, Population
from desk.tickets.references import grouped
from desk.transaction import attempt
from desk.web.api.problems import documented, problem
from desk.web.api.shapes import Accepted, Key, NewRequest
from desk.web.api.strict import check_body
from desk.web.guard import csrf
from desk.web.public.abuse import is_over_limit

blueprint = APIBlueprint("intake", __name__, abp_tags=[Tag(name="intake", description="Public intake")])
blueprint.before_request(check_body)
csrf.exempt(blueprint)  # no cookie is read here: there is nothing that another site could ride on


@blueprint.post(
    "/v1/requests",
    summary="Open a request",
    responses={201: Accepted, **documented(400, 413, 415, 422, 429, 500, 503)},
)
def create_request(header: Key, body: NewRequest) -> Response:
    """Open a request. 201 means that it is stored and will be answered; anything else means that nothing was kept."""
    try:
        asked = read_asked(body.answers())
    except UnreadableText:
        return problem(422, "Some fields hold characters that are no text.")
    if wrong := problems_of(asked):
        return problem(422, "Some fields cannot be taken.", wrong)
    key = _replay_key(header)
    try:
        known = find_answer(key, request.get_data(), clock.now()) if key else None
        if known is not None:
            return _created(known)
        if is_over_limit(asked):
            return problem(429, "Too many requests from this network or for this address. Please try again later.")
        return _created(_open(asked, body.language, key))
    except OtherBody:
        return problem(422, "This Idempotency-Key was used with another body.")


@blueprint.get("/openapi.json", doc_ui=False)
def describe() -> Response:
    """Return the OpenAPI 3.1 description of the API."""
    return jsonify(current_app.api_doc)  # type: ignore[attr-defined]  # the application is a flask_openapi3 OpenAPI


def problems_of(asked: Asked) -> dict[str, str]:
    """Return what the form would object to; the way of disclosure may be left open here."""
    wrong = check(asked, askable_kinds(clock.today(), asked.kind))
    if not asked.method and wrong.get("method") is Problem.NOT_A_CHOICE:
        del wrong["method"]
    return {name: str(found) for name, found in wrong.items()}


def _open(asked: Asked, language: str, key: ReplayKey | None) -> dict[str, Any]:
    """Open the ticket and keep the answer, in one transaction; who loses a race with the same key gets the winner's."""
    body, base_url = request.get_data(), current_app.extensions["config"].base_url
    submission = _submission(asked, language)

    def open_once() -> dict[str, Any]:
        now = clock.now()
        known = find_answer(key, body, now) if key else None
        if known is not None:
            return dict(known)
        opened = open_ticket(submission, now, base_url)
        answer = {
            "ref": grouped(opened.ref),
            "status_url": f"{base_url}{status_path(language, opened.token)}",
            "received_at": opened.received_at.astimezone(clock.TOKYO).isoformat(timespec="seconds"),
            "due_on": opened.clock.due_on.isoformat() if opened.clock and opened.clock.due_on else None,
        }
        if key is not None:
            keep_answer(key, body, answer, opened.ticket_id, now)
        return answer

    return attempt(open_once)


def _submission(asked: Asked, language: str) -> Submission:
    return Submission(
        kind=asked.kind,
        population=Population(asked.population),
        language=language,
        channel=Channel.API,
        person=asked.person(),
        agent=asked.agent(),
        said=asked.said(),
        origin=Origin(address=request.remote_addr or "", user_agent=str(request.user_agent)[:500], referrer=""),
    )


def _replay_key(header: Key) -> ReplayKey | None:
    if header.idempotency_key is None:
        return None
    return ReplayKey.from_header(header.idempotency_key, current_app.config["SECRET_KEY"])


def _created(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.status_code = 201
    return response
