"""What a member of staff may open, and what waits for them: the menu, the first page after signing in, the alerts."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from desk.accounts.models import Staff
from desk.accounts.permissions import Permission, Role, may
from desk.events.alerts import count_open_alerts
from desk.web.routes import permission_of

MENU: tuple[tuple[str, object], ...] = (
    ("/staff/", _("受付一覧")),
    ("/staff/mail/", _("確認待ちメール")),
    ("/manager/", _("対応状況")),
    ("/manager/inspections", _("年度の点検")),
    ("/staff/register", _("ポリシーと回答")),
    ("/staff/calculator", _("日付の計算")),
    ("/admin/", _("管理")),
    ("/admin/company", _("会社情報")),
    ("/admin/policy", _("ポリシー")),
    ("/admin/letters", _("手紙の文面")),
    ("/admin/staff", _("職員")),
    ("/admin/settings", _("設定")),
    ("/admin/mail", _("メールの送受信")),
    ("/admin/alerts", _("お知らせ")),
)
"""Paths and their names; what the role may not open, or this process does not mount, is left out."""

FIRST = {
    Role.AGENT: ("/staff/",),
    Role.MANAGER: ("/manager/", "/staff/"),
    Role.ADMIN: ("/admin/",),
    Role.AUDITOR: ("/staff/", "/manager/"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the menu."""

    label: object
    url: str
    current: bool


def init_navigation(app: Flask) -> None:
    """Give the templates the menu, the alerts and who is signed in."""
    app.context_processor(_context)


def may_open(role: Role, path: str) -> bool:
    """Tell whether a page stands at `path` in this process and `role` may open it."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _arguments = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    permission = permission_of(endpoint)
    return permission is not None and may(role, permission)


def first_page(role: Role) -> str:
    """Return the path that a role lands on after signing in."""
    return next((path for path in FIRST[role] if may_open(role, path)), url_for("auth.account"))


def menu(role: Role) -> list[Item]:
    """Return the entries that a role may open, the one that holds this page marked."""
    paths = [(path, label) for path, label in MENU if may_open(role, path)]
    here = max((path for path, _label in paths if _holds(path)), key=len, default="")
    return [Item(label, path, path == here) for path, label in paths]


def _holds(path: str) -> bool:
    return request.path == path or request.path.startswith(path.rstrip("/") + "/")


def alert_lines(role: Role) -> list[Markup]:
    """Return what the banner says to a role that can act on alerts: how many are open, with the way there."""
    if not may(role, Permission.HANDLE_ALERTS) or not may_open(role, "/admin/alerts"):
        return []
    count = count_open_alerts().total()
    if not count:
        return []
    text = ngettext("未確認のお知らせが%(num)s件あります", "未確認のお知らせが%(num)s件あります", count)
    return [Markup('<a class="govuk-link" href="{}">{}</a>').format(url_for("admin.alerts"), text)]


def _context() -> dict[str, Any]:
    staff = g.get("staff")
    if not isinstance(staff, Staff) or staff.must_change_password:
        return {"navigation": [], "alerts": [], "signed_in": None}
    role = staff.typed_role
    return {"navigation": menu(role), "alerts": alert_lines(role), "signed_in": staff, "home_url": first_page(role)}
