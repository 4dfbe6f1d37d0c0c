"""One's own account: name, language, password, and the browsers that are signed in."""

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.passwords import WeakPassword
from desk.accounts.sessions import end_session_by_id, list_sessions
from desk.handling import entrance
from desk.handling.staffing import BadName, change_profile
from desk.transaction import transaction
from desk.vault.seal import token_hash
from desk.web.auth.forms import ChangePasswordForm, NewPasswordForm, ProfileForm
from desk.web.guard import current_staff, session_token, set_session_cookie
from desk.web.navigation import first_page


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/account", "account", account)
    blueprint.add_url_rule("/account", "change_profile", save_profile, methods=["POST"])
    blueprint.add_url_rule("/account/password", "password", password, methods=["GET", "POST"])
    blueprint.add_url_rule("/account/sessions/<int:session_id>/end", "end_session", end_one, methods=["POST"])


def account() -> str:
    """Show one's own account."""
    staff = current_staff()
    return _account_page(staff, ProfileForm(name=staff.name, language=staff.language))


def _account_page(staff: Staff, form: ProfileForm) -> str:
    mine = token_hash(session_token() or "")
    sessions = [(row, row.token_hash == mine) for row in list_sessions(staff.id, clock.now())]
    return render_template("auth/account.html", form=form, staff=staff, sessions=sessions)


def save_profile() -> Response:
    """Change one's own name and language; nothing else that a form may hold is read."""
    staff, form = current_staff(), ProfileForm(request.form)
    if not form.validate():
        return make_response(_account_page(staff, form), 400)
    staff_id = staff.id
    try:
        with transaction():
            change_profile(staff_id, form.name.data or "", form.language.data, clock.now())
    except BadName:
        form.name.errors = [_("表示名は1行で入力してください")]
        return make_response(_account_page(staff, form), 400)
    session["language"] = form.language.data
    flash(_("変更を保存しました。"), "success")
    return redirect(url_for("auth.account"), 303)


def password() -> Response:
    """Set one's own new password; who came in with a one-time one has just proved it and is not asked again."""
    staff = current_staff()
    forced = staff.must_change_password
    make = NewPasswordForm if forced else ChangePasswordForm
    form = make(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate() and (forced or _is_current(staff, form)):
        response = _save_password(staff, form)
        if response is not None:
            return response
    page = render_template("auth/password.html", form=form, forced=forced, email=staff.email)
    return make_response(page, 400 if form.errors else 200)


def _is_current(staff: Staff, form: NewPasswordForm) -> bool:
    """Compare the old password, counted like a sign-in: an open browser must not become a way to guess."""
    assert isinstance(form, ChangePasswordForm)  # noqa: S101 - only asked of that form
    email = staff.email
    try:
        with transaction():
            entrance.count_try(email, clock.now())
    except entrance.TooManyTries:
        form.current.errors = [_("続けて失敗したため、しばらく待ってからお試しください")]
        return False
    if entrance.recognise(email, form.current.data or "") is None:
        form.current.errors = [_("現在のパスワードが違います")]
        return False
    return True


def _save_password(staff: Staff, form: NewPasswordForm) -> Response | None:
    staff_id, role = staff.id, staff.typed_role
    try:
        with transaction():
            token = entrance.change_password(staff_id, form.new.data or "", clock.now())
    except (entrance.SamePassword, WeakPassword):
        form.new.errors = [_("今までと違うパスワードにしてください")]
        return None
    flash(_("パスワードを変更しました。ほかの端末ではログアウトされました。"), "success")
    return set_session_cookie(redirect(first_page(role), 303), token)


def end_one(session_id: int) -> Response:
    """End one of one's own sessions; somebody else's does not exist here."""
    staff_id = current_staff().id
    with transaction():
        if not end_session_by_id(session_id, staff_id):
            abort(404)
    flash(_("選択した端末からログアウトしました。"), "success")
    return redirect(url_for("auth.account"), 303)
