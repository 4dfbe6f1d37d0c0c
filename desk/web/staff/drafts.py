"""The draft of an answer to a question about cookies: what the desk keeps in a browser, and what is known of others."""

from datetime import date

from flask_babel import force_locale
from flask_babel import gettext as _

from desk.policy.register import latest_checks, list_told_services
from desk.web.cookies import COOKIES
from desk.web.filters import day

ANSWERED_BY_COOKIES = frozenset({"N-COOKIE"})
"""Kinds whose answer is drafted from what is known of cookies and services outside."""


def draft_cookies(language: str) -> str:
    """Return the draft in a language of the desk's; what was written by hand stays as it was written."""
    with force_locale(language):
        lines = [_("この窓口のページは、動作に欠かせない次のCookieだけを使っています。"), ""]
        lines += [_("・%(name)s：%(purpose)s", name=one.name, purpose=one.purpose) for one in COOKIES if one.is_public]
        checks = latest_checks()
        known = list_told_services()
        if known:
            lines += ["", _("当社のサービスでは、次の外部のサービスを利用しています。"), ""]
        for one in known:
            lines.append(_("・%(name)s：%(does)s", name=one.name, does=one.does))
            if one.holds:
                lines.append(_("　送られる情報：%(what)s", what=one.holds))
            if one.country:
                lines.append(_("　情報が保存される国：%(country)s", country=one.country))
            if one.id in checks:
                lines.append(_seen(checks[one.id].seen, checks[one.id].checked_on))
    return "\n".join(lines)


def _seen(seen: str, on: date) -> str:
    return str(_("　設定：%(seen)s（%(day)sに確認）", seen=seen, day=day(on)))
