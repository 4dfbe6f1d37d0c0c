"""The words that staff read for what is stored as codes: states, channels, outcomes and the trail's sentences."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from desk.events.kinds import KINDS
from desk.events.trail import Actor, TimelineEntry
from desk.handling.fees import Way
from desk.handling.identity import Basis
from desk.handling.services import Stage
from desk.law.errors import LawError
from desk.law.proof import get_proof
from desk.law.regimes import REGIMES, Kind, Regime, get_regime
from desk.law.waits import WaitReason
from desk.mail.models import MailKind
from desk.policy.notices import NoticeChannel
from desk.tickets.identity import Erased
from desk.tickets.states import State
from desk.tickets.words import CHANNELS, SOURCES, STATES
from desk.web.filters import day, moment
from desk.web.languages import current_language

TONES: dict[str, str] = {
    **dict.fromkeys((State.RECEIVED, State.ACKED), "neutral"),
    **dict.fromkeys((State.ID_WAIT, State.FIX_WAIT, State.FEE_WAIT), "wait"),
    **dict.fromkeys((State.NOTIFIED, State.CLOSED, State.WITHDRAWN, State.REFERRED, State.LAPSED), "good"),
    State.REOPENED: "warn",
}
"""How a state's tag looks; the working states are `info`."""

WAITS: dict[str, Any] = {
    WaitReason.IDENTITY: _l("本人確認書類の提出"),
    WaitReason.CORRECTION: _l("請求内容の補正"),
    WaitReason.FEE: _l("手数料の支払い"),
}
STAGES: dict[str, Any] = {
    Stage.NEEDED: _l("対応が必要"),
    Stage.TOLD: _l("伝えた"),
    Stage.CONFIRMED: _l("完了を確認した"),
}
NOTICES: dict[str, Any] = {
    NoticeChannel.PAGE: _l("公開ページ"),
    NoticeChannel.MAIL: _l("メール"),
    NoticeChannel.OTHER: _l("その他の方法"),
}
WAYS: dict[str, Any] = {
    Way.BANK: _l("銀行振込"),
    Way.CASH: _l("現金"),
    Way.CARD: _l("カード"),
    Way.OTHER: _l("その他"),
}
MAILS: dict[str, Any] = {
    MailKind.ACKNOWLEDGEMENT: _l("受付通知"),
    MailKind.ANSWER: _l("回答"),
    MailKind.CLOSING: _l("終了のご連絡"),
    MailKind.WITHDRAWAL: _l("取下げの確認"),
    MailKind.CODE: _l("確認コード"),
    MailKind.LINK: _l("専用リンク"),
    MailKind.RECEIVED: _l("受信の確認"),
    MailKind.WAIT: _l("ご対応のお願い"),
    MailKind.DELAY: _l("ご回答の時期のお知らせ"),
    MailKind.REMINDER: _l("期限のお知らせ"),
    MailKind.ALERT: _l("お知らせ"),
    MailKind.POLICY: _l("ポリシー変更のお知らせ"),
    MailKind.INVITATION: _l("招待"),
    MailKind.RESET: _l("パスワードの再設定"),
    MailKind.TEST: _l("試験送信"),
}

BASES: dict[str, Any] = {
    Basis.DOCUMENTS: _l("受け入れた確認書類による"),
    Basis.ACCOUNT: _l("サービスへのログイン、または登録済みの連絡先からの返答による"),
    Basis.KNOWN: _l("ご本人だけが知る内容など、ほかの方法による"),
}
"""By what identity was confirmed."""
RELATIONS: dict[str, Any] = {
    "self": _l("ご本人"),
    "statutory": _l("法定代理人"),
    "appointed": _l("任意代理人"),
    "lawyer": _l("弁護士など"),
    "other": _l("その他"),
}
"""For whom somebody acts."""
ERASED: dict[str, Any] = {
    Erased.DUE: _l("保存の日数を過ぎたため"),
    Erased.FORBIDDEN: _l("お預かりできない書類のため"),
    Erased.COVERED: _l("一部を覆ったものに置き換えたため"),
}

DATES: dict[str, Any] = {
    "reply_by": _l("最初の回答"),
    "target_on": _l("目標"),
    "due_on": _l("期限"),
    "limit_on": _l("上限"),
}
"""A ticket's dates by their columns."""


CERTAINTIES: dict[str, Any] = {
    "A": _l("法令の条文で確認済みです"),
    "B": _l("公的機関のページで確認済みです"),
    "C": _l("二次的な資料によるものです"),
    "D": _l("まだ確認できていません"),
    "I": _l("当窓口で定めたものです"),
}
"""How surely a rule's source is known, as the law's data says by letters."""


def certainty_of(kind: Kind) -> str:
    """Return how well a kind's source was checked: its letters, and what they mean."""
    core, _slash, detail = kind.certainty.partition("/")
    if not detail:
        return str(_("%(letters)s：%(core)s。", letters=core, core=CERTAINTIES[core]))
    words = {"letters": kind.certainty, "core": CERTAINTIES[core], "detail": CERTAINTIES[detail]}
    return str(_("%(letters)s：%(core)s。細部は%(detail)s。", **words))


def tone_of(state: str) -> str:
    """Return how a state's tag looks."""
    return TONES.get(state, "info")


def kind_name(regime: Regime, code: str) -> str:
    """Return a kind's name in the page's language; an unknown code stands for itself."""
    try:
        return regime.kind(code).name.get(current_language())
    except LawError:
        return code


def law_name(code: str) -> str:
    """Return a law's name in the page's language; an unknown code stands for itself."""
    return get_regime(code).name.get(current_language()) if code in REGIMES else code


def _duty_words(code: str, regime: Regime) -> str:
    """Return a duty in the page's language, whichever kind has it; an unknown code stands for itself."""
    known = (duty for kind in regime.kinds.values() for duty in kind.checklist if duty.code == code)
    found = next(known, None)
    return found.text.get(current_language()) if found is not None else code


def outcome_name(regime: Regime, code: str) -> str:
    """Return an outcome's name in the page's language; an unknown code stands for itself."""
    try:
        return regime.outcome(code).name.get(current_language())
    except LawError:
        return code


def actor_name(actor: Actor, staff: Mapping[int, str]) -> str:
    """Return who acted, as a person reads it."""
    if actor.kind == "person":
        return str(_("ご本人"))
    if actor.kind == "staff":
        return staff.get(actor.staff_id or 0, str(_("窓口の職員")))
    return str(_("窓口（自動）"))


def sentence(entry: TimelineEntry, regime: Regime, staff: Mapping[int, str]) -> str:
    """Return one line of the trail as a sentence: codes become words, ids of staff their names, what is missing a mark."""
    facts = {name: _fact(name, value, entry, regime, staff) for name, value in entry.facts.items()}
    return str(KINDS[entry.kind].sentence).format_map(defaultdict(lambda: "？", facts))


def _fact(name: str, value: Any, entry: TimelineEntry, regime: Regime, staff: Mapping[int, str]) -> str:
    if name == "to" and entry.kind == "assigned":
        return str(staff.get(value) or _("なし"))
    if name == "staff":
        return str(staff.get(value, value))
    if name in {"origin", "to"} and entry.kind == "law_chosen":
        return law_name(str(value))
    if name in SPOKEN:
        return SPOKEN[name](value, regime)
    return str(FACT_WORDS[name].get(value, value) if name in FACT_WORDS else value)


def _place(value: Any, regime: Regime) -> str:
    return str(STATES.get(value) or kind_name(regime, str(value)))


def _duties(value: Any, regime: Regime) -> str:
    return "・".join(_duty_words(code, regime) for code in value) or str(_("なし"))


def _moved(value: Any, _regime: Regime) -> str:
    return "・".join(f"{DATES[which]} {day(date.fromisoformat(on))}" for which, on in value.items()) or str(_("なし"))


def _document(value: Any, _regime: Regime) -> str:
    known = (one.name.get(current_language()) for one in get_proof().documents if one.code == value)
    return next(known, str(value))


def _checks(value: Any, _regime: Regime) -> str:
    texts = {code: text for one in get_proof().documents for code, text in one.checks}
    return "・".join(texts[code].get(current_language()) if code in texts else str(code) for code in value)


FACT_WORDS: dict[str, Mapping[str, Any]] = {
    "channel": CHANNELS,
    "reason": WAITS,
    "mail": MAILS,
    "stage": STAGES,
    "way": NOTICES,
    "source": SOURCES,
    "payment": WAYS,
    "why": ERASED,
    "basis": BASES,
    "relation": RELATIONS,
}
"""Facts that are codes, with the words for them."""
SPOKEN: dict[str, Callable[[Any, Regime], str]] = {
    "origin": _place,
    "to": _place,
    "kind": lambda value, regime: kind_name(regime, str(value)),
    "outcome": lambda value, regime: outcome_name(regime, str(value)),
    "done": _duties,
    "open": _duties,
    "alone": lambda value, _regime: str(_("作成者だけで承認") if value else _("別の方が承認")),
    "until": lambda value, _regime: str(day(date.fromisoformat(value))),
    "paid_on": lambda value, _regime: str(day(date.fromisoformat(value))),
    "document": _document,
    "seen": _checks,
    "erase_on": lambda value, _regime: str(day(date.fromisoformat(value))),
    "found": lambda value, _regime: str(_("あった") if value else _("なかった")),
    "arrived": lambda value, _regime: moment(datetime.fromisoformat(value)),
    "expected": lambda value, _regime: str(day(date.fromisoformat(value))),
    "earlier": _moved,
    "held": _moved,
}
"""Facts that are put into words by the ticket's law or the page's language."""
