"""The desk's settings that an administrator changes while it runs, each with its default, bounds and effect."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from desk.company.models import Setting
from desk.company.standing import get_standing
from desk.db import db, read_again


class BadSetting(Exception):
    """There is no such setting, or the value is outside its bounds."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting: a whole number between two bounds, with the sentence that says what it does."""

    name: str
    default: int
    least: int
    most: int
    label: object
    effect: object


SETTINGS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            "trace_days",
            90,
            1,
            400,
            _("接続情報の保存日数"),
            _("フォーム送信時のIPアドレス等を、この日数のあと消去します。"),
        ),
        Spec(
            "ack_per_address",
            3,
            1,
            50,
            _("同じ宛先への受付通知（1日あたり）"),
            _("これを超える受付通知は送らずに保留し、担当者にお知らせします。受付は通常どおり行います。"),
        ),
        Spec(
            "ack_per_hour",
            1000,
            10,
            100_000,
            _("初めての宛先への受付通知（1時間あたり）"),
            _("これを超えると受付通知の送信を止め、担当者にお知らせします。"),
        ),
        Spec(
            "wait_days",
            14,
            3,
            60,
            _("ご本人の対応を待つ日数"),
            _("本人確認や補正をお願いするときの期限を、この日数後の営業日にします。"),
        ),
        Spec(
            "link_days",
            365,
            30,
            1100,
            _("専用リンクの有効日数"),
            _("発行からこの日数が過ぎた専用リンクは使えなくなります。"),
        ),
        Spec(
            "file_days",
            30,
            3,
            400,
            _("お渡ししたファイルを受け取れる日数"),
            _(
                "この日数が過ぎると、ご本人は専用ページからファイルをダウンロードできなくなります。職員がもう一度渡すことができます。"
            ),
        ),
        Spec(
            "document_days",
            30,
            1,
            90,
            _("確認書類を消去するまでの日数"),
            _(
                "本人確認の書類を、確認からこの日数のあと、遅くとも終了からこの日数のあとに消去します。お預かりのお願いの手紙には30日以内とあります。変えるときは手紙の文面も直してください。"
            ),
        ),
        Spec(
            "business_year_month",
            4,
            1,
            12,
            _("事業年度が始まる月"),
            _("年に一度の点検記録を、この月に始まる1年ごとに作ります。"),
        ),
    )
}


def get_setting(name: str) -> int:
    """Return a setting's value, or its default. Raises `BadSetting` for a name that is not one."""
    if name not in SETTINGS:
        raise BadSetting(name)
    return get_standing().settings.get(name, SETTINGS[name].default)


def set_setting(name: str, value: Any, at: datetime) -> None:
    """Change a setting. Raises `BadSetting` when there is none of that name or the value is out of bounds."""
    spec = SETTINGS.get(name)
    if spec is None or type(value) is not int or not spec.least <= value <= spec.most:
        raise BadSetting(name)
    read_again()
    row = db.session.get(Setting, name)
    if row is None:
        db.session.add(Setting(name=name, value=value, updated_at=at))
    else:
        row.value, row.updated_at = value, at
