"""Who works here: the list, invitations, roles, and who may no longer come in."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.models import Staff, TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.staff import find_staff, list_staff
from desk.events.trail import staff_actor
from desk.handling import staffing
from desk.tickets.tally import read_tally
from desk.transaction import transaction
from desk.web.admin.forms import ROLE_HINTS, ROLE_NAMES, InviteForm, RoleForm
from desk.web.fields import read_version
from desk.web.guard import current_staff


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/staff", "staff", staff)
    blueprint.add_url_rule("/staff/invite", "invite", invite, methods=["GET", "POST"])
    blueprint.add_url_rule("/staff/<int:staff_id>", "member", member)
    blueprint.add_url_rule("/staff/<int:staff_id>/role", "change_role", change_role, methods=["POST"])
    blueprint.add_url_rule("/staff/<int:staff_id>/deactivate", "deactivate", deactivate, methods=["POST"])
    blueprint.add_url_rule("/staff/<int:staff_id>/reactivate", "reactivate", reactivate, methods=["POST"])
    blueprint.add_url_rule("/staff/<int:staff_id>/link", "send_link", send_link, methods=["POST"])


def staff() -> str:
    """List everybody."""
    return render_template("admin/staff.html", people=list_staff(), roles=ROLE_NAMES)


def invite() -> Response:
    """Invite somebody by mail."""
    form = InviteForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        new = staffing.NewStaff(form.email.data or "", form.name.data or "", Role(form.role.data), form.language.data)
        try:
            with transaction():
                staffing.invite(new, actor=staff_actor(current_staff().id), now=clock.now())
        except staffing.AlreadyThere:
            form.email.errors = [_("このメールアドレスの職員はすでに登録されています")]
        except staffing.BadName:
            form.name.errors = [_("表示名は1行で入力してください")]
        else:
            flash(_("招待メールを送信しました。リンクは24時間、一度だけ使えます。"), "success")
            return redirect(url_for("admin.staff"), 303)
    page = render_template("admin/invite.html", form=form, hints=ROLE_HINTS)
    return make_response(page, 400 if form.errors else 200)


def member(staff_id: int) -> str:
    """Show one member of staff and what can be done."""
    return _member_page(_get(staff_id))


def _member_page(person: Staff, theirs: bool = False) -> str:
    form = RoleForm(role=person.role, version=person.version)
    return render_template(
        "admin/member.html",
        person=person,
        form=form,
        hints=ROLE_HINTS,
        roles=ROLE_NAMES,
        theirs=theirs,
        open_tickets=read_tally(clock.today()).assignees.get(person.id, 0),
    )


def change_role(staff_id: int) -> Response:
    """Give somebody another role."""
    form = RoleForm(request.form)
    if not form.validate():
        abort(400)
    role = Role(form.role.data)

    def verb(version: int) -> None:
        actor = staff_actor(current_staff().id)
        staffing.change_role(staff_id, role, version=version, actor=actor, now=clock.now())

    return _act(staff_id, verb, _("役割を変更しました。"))


def deactivate(staff_id: int) -> Response:
    """Keep somebody out from now on."""

    def verb(version: int) -> None:
        staffing.deactivate(staff_id, version=version, actor=staff_actor(current_staff().id), now=clock.now())

    return _act(staff_id, verb, _("無効にしました。この職員はもうログインできません。"))


def reactivate(staff_id: int) -> Response:
    """Let somebody in again."""

    def verb(version: int) -> None:
        staffing.reactivate(staff_id, version=version, actor=staff_actor(current_staff().id), now=clock.now())

    return _act(staff_id, verb, _("有効に戻しました。"))


def send_link(staff_id: int) -> Response:
    """Mail somebody a fresh link for their password."""
    try:
        with transaction():
            sent = staffing.send_link(staff_id, actor=staff_actor(current_staff().id), now=clock.now())
    except staffing.NoSuchStaff:
        abort(404)
    invited = sent is TokenPurpose.INVITATION
    flash(
        _("招待メールをもう一度送信しました。") if invited else _("パスワード再設定のメールを送信しました。"), "success"
    )
    return redirect(url_for("admin.member", staff_id=staff_id), 303)


def _act(staff_id: int, verb: Callable[[int], None], done: str) -> Response:
    """Do one thing to somebody as their page showed them; say so when they had changed meanwhile."""
    try:
        with transaction():
            verb(read_version(request.form.get("version")))
    except staffing.NoSuchStaff:
        abort(404)
    except staffing.LastAdministrator:
        flash(_("最後のシステム管理者のため、変更できません。先に別のシステム管理者を登録してください。"), "error")
        return redirect(url_for("admin.member", staff_id=staff_id), 303)
    except staffing.ChangedMeanwhile:
        return make_response(_member_page(_get(staff_id), theirs=True), 409)
    flash(done, "success")
    return redirect(url_for("admin.member", staff_id=staff_id), 303)


def _get(staff_id: int) -> Staff:
    person = find_staff(staff_id)
    if person is None:
        abort(404)
    return person
