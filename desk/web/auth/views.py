"""The way in and out: sign-in, sign-out, one-time links for an invitation or a forgotten password."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.models import TokenPurpose
from desk.accounts.tokens import find_token_staff
from desk.handling import entrance
from desk.transaction import transaction
from desk.web.auth import account
from desk.web.auth.forms import NewPasswordForm, ResetForm, SignInForm
from desk.web.guard import (
    current_staff,
    drop_session_cookie,
    is_local_path,
    session_token,
    set_session_cookie,
)
from desk.web.languages import LANGUAGES
from desk.web.limits import limiter
from desk.web.navigation import first_page, may_open
from desk.web.pace import no_sooner_than

PER_NETWORK = "30 per minute"
RESETS_PER_NETWORK = "10 per minute"
RESET_TAKES_S = 0.1
"""The answer to a reset leaves this long after it was asked for, whether a mail was written or not."""

blueprint = Blueprint("auth", __name__)
account.add_routes(blueprint)


@blueprint.before_request
def choose_language() -> None:
    """Keep the language that a link of the switch asked for, for who is not signed in yet."""
    if request.method == "GET" and request.args.get("language") in LANGUAGES:
        session["language"] = request.args["language"]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(PER_NETWORK, methods=["POST"])
def sign_in() -> Response:
    """Ask for name and password; let in, or say the same to a stranger, a colleague and a former one."""
    form = SignInForm(request.form if request.method == "POST" else None, next=request.args.get("next", ""))
    if request.method == "POST" and form.validate():
        return _try(form)
    return _page("auth/sign_in.html", 400 if form.errors else 200, form=form)


def _try(form: SignInForm) -> Response:
    email, now = form.email.data or "", clock.now()
    try:
        with transaction():
            entrance.count_try(email, now)
    except entrance.TooManyTries as refusal:
        minutes = -(-int(refusal.wait.total_seconds()) // 60) or 1
        problem = _("続けて失敗したため、しばらくお待ちください（約%(minutes)s分）。", minutes=minutes)
        return _page("auth/sign_in.html", 429, form=form, problem=problem)
    known = entrance.recognise(email, form.password.data or "")
    if known is not None:
        try:
            with transaction():
                token = entrance.sign_in(known, now, session_token())
            return _welcome(token, known, form.next.data)
        except entrance.NotRecognised:
            known = None
    with transaction():
        entrance.refuse_sign_in(email, now)
    return _page("auth/sign_in.html", 400, form=form, problem=_("メールアドレスまたはパスワードが違います。"))


def _welcome(token: str, known: entrance.Recognised, target: str | None) -> Response:
    """Begin afresh: nothing that the browser held before signing in is kept but its wish.

    A wish for a page that is not for this role leads to the role's own first page: nobody is greeted by a refusal. The person's language stays in the browser, so that the page after a session's end still speaks it.
    """
    session.clear()
    session["language"] = known.language
    is_open = target and is_local_path(target) and may_open(known.role, urlsplit(target).path)
    response = redirect(target if target and is_open else url_for("auth.sign_in_done"), 303)
    return set_session_cookie(response, token)


@blueprint.get("/signed-in")
def sign_in_done() -> Response:
    """Lead each role to its own first page."""
    return redirect(first_page(current_staff().typed_role), 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End this browser's session."""
    staff_id = current_staff().id
    with transaction():
        entrance.sign_out(session_token() or "", staff_id, clock.now())
    return _goodbye(_("ログアウトしました。"))


@blueprint.post("/sign-out/everywhere")
def sign_out_everywhere() -> Response:
    """End every session of whoever asks."""
    staff_id = current_staff().id
    with transaction():
        entrance.sign_out_everywhere(staff_id, clock.now())
    return _goodbye(_("すべての端末からログアウトしました。"))


@blueprint.route("/reset", methods=["GET", "POST"])
@limiter.limit(RESETS_PER_NETWORK, methods=["POST"])
def reset() -> Response:
    """Ask whose password is to be set anew; the answer is the same for everybody."""
    form = ResetForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        return _page("auth/reset.html", 400 if form.errors else 200, form=form)
    email, now = form.email.data or "", clock.now()
    with no_sooner_than(RESET_TAKES_S):
        try:
            with transaction():
                entrance.count_reset(email, now)
            with transaction():
                entrance.request_reset(email, now)
        except entrance.TooManyTries:
            pass  # the page says the same: a mail was sent a moment ago, if anybody is there
    return _page("auth/reset_sent.html", 200)


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
def invitation(token: str) -> Response:
    """Let somebody invited set their first password."""
    return _one_time(token, TokenPurpose.INVITATION)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
def new_password(token: str) -> Response:
    """Let somebody who forgot their password set a new one."""
    return _one_time(token, TokenPurpose.RESET)


def _one_time(token: str, purpose: TokenPurpose) -> Response:
    """Show the form on GET, which uses nothing up (mail scanners follow links); only a POST uses the link."""
    now = clock.now()
    staff = find_token_staff(token, purpose, now)
    if staff is None:
        abort(404)
    form = NewPasswordForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        status = 400 if form.errors else 200
        return _page(
            "auth/one_time.html", status, form=form, email=staff.email, invited=purpose is TokenPurpose.INVITATION
        )
    use = entrance.accept_invitation if purpose is TokenPurpose.INVITATION else entrance.reset_password
    try:
        with transaction():
            use(token, form.new.data or "", now)
    except entrance.LinkUnusable:
        abort(404)
    return _goodbye(_("パスワードを設定しました。新しいパスワードでログインしてください。"))


def _goodbye(message: str) -> Response:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    flash(message, "success")
    return drop_session_cookie(redirect(url_for("auth.sign_in"), 303))


def _page(template: str, status: int, **values: object) -> Response:
    return make_response(render_template(template, **values), status)
