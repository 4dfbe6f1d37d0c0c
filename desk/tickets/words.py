"""The words for a ticket's states, channels and populations, for pages, letters and reports alike."""

from typing import Any

from flask_babel import lazy_gettext as _l

from desk.tickets.models import Channel, Population
from desk.tickets.states import State

STATES: dict[str, Any] = {
    State.RECEIVED: _l("受付"),
    State.ACKED: _l("受付通知済"),
    State.TRIAGED: _l("分類済"),
    State.ID_WAIT: _l("本人確認待ち"),
    State.FIX_WAIT: _l("補正待ち"),
    State.FEE_WAIT: _l("手数料待ち"),
    State.VERIFIED: _l("確認済"),
    State.INVESTIGATING: _l("調査中"),
    State.DRAFTED: _l("判断案"),
    State.APPROVED: _l("承認済"),
    State.EXECUTED: _l("実施済"),
    State.NOTIFIED: _l("通知済"),
    State.CLOSED: _l("終了"),
    State.WITHDRAWN: _l("取下げ"),
    State.REFERRED: _l("移送・案内"),
    State.LAPSED: _l("期限経過"),
    State.REOPENED: _l("再開"),
}
POPULATIONS: dict[str, Any] = {
    Population.USER: _l("利用者"),
    Population.PARTNER: _l("取引先"),
    Population.APPLICANT: _l("採用応募者"),
    Population.OTHER: _l("その他"),
}
CHANNELS: dict[str, Any] = {
    Channel.FORM: _l("フォーム"),
    Channel.API: _l("API"),
    Channel.MAIL: _l("メール"),
    Channel.PHONE: _l("電話"),
    Channel.LETTER: _l("郵便"),
    Channel.VISIT: _l("来訪"),
    Channel.LINK: _l("専用ページ"),
    Channel.STAFF: _l("窓口"),
}
SOURCES: dict[str, Any] = {
    "service": _l("サービスのデータベース"),
    "mail": _l("メール"),
    "logs": _l("記録（ログ）"),
    "billing": _l("請求・支払い"),
    "recruiting": _l("採用"),
    "backups": _l("バックアップ"),
    "paper": _l("紙の書類"),
    "other": _l("その他"),
}
"""Where data of a person are looked for (`desk.tickets.sources`)."""
