"""The administrator's door: an overview, the settings, the alerts. It shows no content of any case."""

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.permissions import Role
from desk.accounts.staff import list_active, list_staff
from desk.company.profile import get_company
from desk.company.settings import SETTINGS, BadSetting, get_setting
from desk.events.alerts import list_open_alerts
from desk.events.trail import staff_actor
from desk.handling.administration import acknowledge_alert, change_setting
from desk.handling.changing import ChangedMeanwhile
from desk.mail.custody import find_mails
from desk.mail.fates import BOUNCED, DEAD, UNCERTAIN
from desk.mail.models import MailState
from desk.reporting.promises import contradictions_on
from desk.transaction import transaction
from desk.web.admin import company, kinds, mail, people, policy, policy_notices, procedure, wordings
from desk.web.admin.alerts import words_of
from desk.web.fields import read_number, read_version
from desk.web.guard import current_staff
from desk.web.words import MAILS

blueprint = Blueprint("admin", __name__)
company.add_routes(blueprint)
people.add_routes(blueprint)
mail.add_routes(blueprint)
kinds.add_routes(blueprint)
policy.add_routes(blueprint)
policy_notices.add_routes(blueprint)
procedure.add_routes(blueprint)
wordings.add_routes(blueprint)


@blueprint.get("/")
def home() -> str:
    """Show what there is to run, and what still has to be done first."""
    row = get_company()
    return render_template(
        "admin/home.html",
        is_unchecked=row.version == 1,
        admins=len(list_active(Role.ADMIN)),
        agents=len(list_active(Role.AGENT)) + len(list_active(Role.MANAGER)),
        staff_count=len(list_staff()),
        mails=mail.counts(),
        open_alerts=len(list_open_alerts()),
        contradictions=contradictions_on(clock.today()),
    )


@blueprint.get("/settings")
def settings() -> str:
    """Show each setting with its effect."""
    values = {name: str(get_setting(name)) for name in SETTINGS}
    return _settings_page(values, values, {})


@blueprint.post("/settings")
def save_settings() -> Response:
    """Change what was changed; a value that somebody else changed meanwhile is shown, not overwritten."""
    typed = {name: request.form.get(name, "").strip() for name in SETTINGS}
    was = {name: request.form.get(f"was_{name}", "").strip() for name in SETTINGS}
    errors = {name: _bounds(name) for name in SETTINGS if not _is_within(name, typed[name])}
    if errors:
        return make_response(_settings_page(typed, was, errors), 400)
    actor, now = staff_actor(current_staff().id), clock.now()
    try:
        with transaction():
            for name in SETTINGS:
                if typed[name] != was[name]:
                    change_setting(name, int(typed[name]), was=read_version(was[name]), actor=actor, now=now)
    except (ChangedMeanwhile, BadSetting):
        standing = {name: str(get_setting(name)) for name in SETTINGS}
        notes = {
            name: _("ほかの管理者が先に %(value)s に変更しました。保存すると上書きします", value=standing[name])
            for name in SETTINGS
            if standing[name] not in (was[name], typed[name])
        }
        return make_response(_settings_page(typed, standing, notes), 409)
    flash(_("設定を保存しました。"), "success")
    return redirect(url_for("admin.settings"), 303)


def _is_within(name: str, text: str) -> bool:
    spec = SETTINGS[name]
    number = read_number(text)
    return number is not None and spec.least <= number <= spec.most


def _bounds(name: str) -> str:
    spec = SETTINGS[name]
    return str(
        _("%(least)s から %(most)s までの整数を入力してください", least=f"{spec.least:,}", most=f"{spec.most:,}")
    )


def _settings_page(values: dict[str, str], was: dict[str, str], errors: dict[str, str]) -> str:
    return render_template("admin/settings.html", specs=SETTINGS.values(), values=values, was=was, errors=errors)


@blueprint.get("/alerts")
def alerts() -> str:
    """Show what waits to be seen, each with what to do."""
    rows = list_open_alerts()
    return render_template(
        "admin/alerts.html",
        alerts_open=[(row, words_of(row.kind)) for row in rows],
        mails=find_mails(row.object_id for row in rows if row.kind in (DEAD, UNCERTAIN, BOUNCED)),
        kinds=MAILS,
        refs=mail.refs_for_reader(row.ticket_id for row in rows),
        held=mail.counts()[MailState.HELD],
    )


@blueprint.post("/alerts/<int:alert_id>/acknowledge")
def close_alert(alert_id: int) -> Response:
    """Note that an alert was seen to."""
    staff_id = current_staff().id
    with transaction():
        done = acknowledge_alert(alert_id, staff_id=staff_id, actor=staff_actor(staff_id), now=clock.now())
    if not done:
        abort(404)
    flash(_("お知らせを確認済みにしました。"), "success")
    return redirect(url_for("admin.alerts"), 303)
