"""The public door: landing page, request form in three steps, receipt."""

from functools import partial
from typing import Any

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from desk import clock
from desk.company.procedure import get_procedure
from desk.company.profile import profile, recent_profile
from desk.handling import intake
from desk.handling.kinds import askable_kinds
from desk.handling.laws import law_of
from desk.law.regimes import get_regime
from desk.tickets.asking import Asked, Problem, UnreadableText, check, read_asked
from desk.tickets.models import Ticket
from desk.vault.seal import new_token
from desk.web.guard import csrf
from desk.web.languages import LANGUAGES, current_language, public_url
from desk.web.origin import is_from_elsewhere, is_from_here
from desk.web.public import abuse, sending
from desk.web.public.blank import blank_form
from desk.web.public.choices import BY_KIND, CHOICES, MORE, Choice
from desk.web.public.forms import (
    STEPS,
    UPLOAD_MESSAGES,
    RequestForm,
    asked_fields,
    hidden_answers,
    step_of,
)
from desk.web.public.stamp import carried_stamp, new_stamp
from desk.web.public.standing import policy_standing
from desk.web.uploads import describe_parked, has_uploads, keep_files

blueprint = Blueprint("public", __name__)

RECEIPT_COOKIE = "receipt"
RECEIPT_S = 1800


@blueprint.app_context_processor
def policy_link() -> dict[str, Any]:
    """Let the foot of every public page say where the policy stands."""
    return {"policy_standing": policy_standing}


@blueprint.get("/")
def landing() -> str:
    """Show what can be asked, what it costs, which proof is needed and when the person will hear."""
    return render_template(
        "public/landing.html",
        choices=offered(CHOICES),
        more=offered(MORE),
        kinds=get_regime("jp-appi").kinds,
        fee_yen=get_procedure().fee_yen,
    )


def offered(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Return the choices whose kind is in force and whose source has been checked."""
    kinds = askable_kinds(clock.today())
    return tuple(choice for choice in choices if choice.kind in kinds)


@blueprint.get("/requests/new")
def new_request() -> str:
    """Give out the form for the kind chosen; without one, ask which."""
    kind = request.args.get("kind", "")
    if kind not in askable_kinds(clock.today(), kind):
        return render_template("public/choose.html", choices=offered(CHOICES), more=offered(MORE))
    token, stamp, language = new_token(), new_stamp(request.referrer), current_language()
    make = partial(_page, "content", Asked(kind=kind), token, stamp=stamp)
    return blank_form((kind, language, recent_profile(language), policy_standing()), (token, stamp), make)


@blueprint.post("/requests/new")
def send_request() -> Response | str | tuple[str, int]:
    """Take one step of the form: keep what is right, ask again for what is not, and at the end open the ticket."""
    try:
        asked = read_asked(request.form)
    except UnreadableText:
        abort(400)
    token, kinds = request.form.get("token") or new_token(), askable_kinds(clock.today(), asked.kind)
    step = request.form.get("step", "content")
    if not 40 <= len(token) <= 64 or asked.kind not in kinds or step not in STEPS:
        abort(400)
    try:
        csrf.protect()
    except CSRFError:
        return _expired(step, asked, token), 400
    problems = check(asked, kinds)
    is_last = step == STEPS[-1] and not problems and not request.files and not {"go", "remove"} & request.form.keys()
    if not is_last and intake.is_opened(token):  # the last step finds out by itself
        return _to_receipt(token)
    uploads = keep_files(token)
    if "storage" in uploads:
        return _page("content", asked, token, uploads=uploads), 503
    return _next_page(step, asked, token, uploads, problems)


csrf.exempt(send_request)  # it checks by itself, so that a failed check gives the filled form back


def _expired(step: str, asked: Asked, token: str) -> str:
    """Give back a form whose forgery token is too old, with its files where the browser vouches for their origin."""
    if is_from_here():
        return _page(step, asked, token, uploads=keep_files(token), notice="expired")
    if is_from_elsewhere():
        token = new_token()
    return _page(step, asked, token, notice="expired", lost_files=has_uploads())


def _next_page(
    step: str, asked: Asked, token: str, uploads: list[str], problems: dict[str, Problem]
) -> Response | str | tuple[str, int]:
    """Decide what follows: the same step with its problems, another step, or the receipt."""
    wanted = request.form.get("go", "")
    here = {name: problem for name, problem in problems.items() if step_of(name) == step}
    if wanted in STEPS and STEPS.index(wanted) < STEPS.index(step):
        return _page(wanted, asked, token)
    if "remove" in request.form or wanted == "stay":
        return _page(step, asked, token, uploads=uploads)
    if here or uploads:
        return _page(step, asked, token, problems=here, uploads=uploads), 422
    if step != "review":
        return _page(STEPS[STEPS.index(step) + 1], asked, token)
    if problems:
        first = next(name for name in STEPS if any(step_of(field) == name for field in problems))
        return _page(first, asked, token, problems=problems), 422
    return _send(asked, token)


def _send(asked: Asked, token: str) -> Response | tuple[str, int]:
    """Open the ticket, unless the sender must first prove to be no machine."""
    verdict = sending.send(asked, token)
    if verdict is abuse.Verdict.PROVE:
        return _page("review", asked, token, challenge=abuse.new_challenge()), 422
    if verdict is abuse.Verdict.BLOCKED:
        return _page("review", asked, token, notice="blocked"), 429
    return _to_receipt(token)


@blueprint.get("/requests/receipt")
def receipt() -> Response | str:
    """Show the reference, the link and the dates, for half an hour in the browser that sent the form."""
    token = request.cookies.get(RECEIPT_COOKIE)
    ticket = intake.find_opened(token) if token else None
    if ticket is None or token is None:
        return redirect(public_url("landing"), 303)
    return render_template(
        "public/receipt.html",
        ticket=ticket,
        kind_name=_kind_name(ticket),
        link=f"{_base_url()}{status_path(token)}",
        status_link=status_path(token),
        company=profile(current_language()),
    )


def status_path(token: str) -> str:
    """Return the path of the status page under a link's token, in the page's language."""
    return f"{'/en' if current_language() == 'en' else ''}/s/{token}"


def _page(
    step: str,
    asked: Asked,
    token: str,
    *,
    problems: dict[str, Problem] | None = None,
    uploads: list[str] | None = None,
    notice: str | None = None,
    lost_files: bool = False,
    challenge: dict[str, object] | None = None,
    stamp: str | None = None,
) -> str:
    """Return one step of the form, filled with what is known."""
    form = RequestForm(MultiDict({name: getattr(asked, name) for name in Asked.__dataclass_fields__}))
    if not asked.acts:
        form.acts.data = "self"
    form.show(problems or {})
    if uploads:
        form.uploads.errors = [UPLOAD_MESSAGES[name] for name in dict.fromkeys(uploads)]
    shown = asked_fields(step, asked.kind)
    return render_template(
        f"public/form_{step}.html",
        form=form,
        asked=asked,
        choice=BY_KIND[asked.kind],
        kind_name=get_regime("jp-appi").kind(asked.kind).name.get(current_language()),
        shown=shown,
        hidden=hidden_answers(asked, shown),
        token=token,
        step=step,
        number=STEPS.index(step) + 1,
        parked=describe_parked(token),
        stamp=stamp or carried_stamp(),
        notice=notice,
        lost_files=lost_files,
        challenge=challenge,
        company=profile(current_language()),
    )


def _to_receipt(token: str) -> Response:
    response = make_response(redirect(public_url("receipt"), 303))
    for language in LANGUAGES:
        response.set_cookie(
            RECEIPT_COOKIE,
            token,
            max_age=RECEIPT_S,
            path=public_url("receipt", language),
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            samesite="Lax",
        )
    return response


def _kind_name(ticket: Ticket) -> str:
    return law_of(ticket).kind(ticket.kind).name.get(current_language())


def _base_url() -> str:
    return str(current_app.extensions["config"].base_url)
