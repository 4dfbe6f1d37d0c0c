"""What a person can ask, in plain words, with the law's name beside."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from desk.web.choices import SelectChoice


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to ask: words, one line of help, and which help the form gives."""

    kind: str
    label: object
    help: object
    prompt: object
    """The question above the text field."""
    about: object | None = None
    """The question above the field that specifies the data; None leaves it out."""


_WHICH_DATA = _("どのサービスの、いつごろの、どのような情報についてですか（分かる範囲で結構です）")

CHOICES: tuple[Choice, ...] = (
    Choice(
        "D33",
        _("自分の情報を見たい"),
        _("当社にあるあなたの情報をお見せします"),
        _("ご覧になりたい情報をお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "C34",
        _("間違いを直してほしい"),
        _("事実と違う情報を調べて直します"),
        _("どの情報を、どのように直せばよいかお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "S355",
        _("使うのをやめてほしい・消してほしい"),
        _("利用停止・消去などをお求めいただけます"),
        _("やめてほしいこと・消してほしい情報と、その理由をお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "P32",
        _("何に使っているか知りたい"),
        _("利用目的をお知らせします"),
        _("お知りになりたいことをお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "T33",
        _("誰に渡したか知りたい"),
        _("第三者とのやりとりの記録をお見せします"),
        _("お知りになりたいことをお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "K40",
        _("苦情を伝えたい"),
        _("ご不満・ご心配をお聞かせください"),
        _("どのようなことがありましたか。ご希望もあわせてお聞かせください"),
    ),
    Choice(
        "N-GEN",
        _("その他の問い合わせ"),
        _("どれか分からないときも、こちらへ"),
        _("お問い合わせの内容をお書きください"),
    ),
)
"""The seven choices of the landing page."""

MORE: tuple[Choice, ...] = (
    Choice(
        "N-UNSUB",
        _("お知らせメールを止めたい"),
        _("広告やお知らせの配信を止めます"),
        _("止めたいメールについてお書きください"),
    ),
    Choice(
        "N-ACCT",
        _("退会・アカウントを削除したい"),
        _("退会の手続と登録情報の消去を承ります"),
        _("対象のアカウントと、ご希望をお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "N-CONS",
        _("同意を取り消したい"),
        _("今後の利用や提供を止めます"),
        _("取り消したい同意についてお書きください"),
    ),
    Choice(
        "X353",
        _("ほかの会社に渡すのをやめてほしい"),
        _("第三者への提供を止めます"),
        _("やめてほしい提供について、その理由とあわせてお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "I32",
        _("個人情報の取扱いの体制を知りたい"),
        _("手続や安全管理などをお答えします"),
        _("お知りになりたいことをお書きください"),
    ),
    Choice(
        "N-COOKIE",
        _("Cookie（クッキー）について知りたい"),
        _("アクセス解析などについてお答えします"),
        _("お問い合わせの内容をお書きください"),
    ),
    Choice(
        "N-APPL",
        _("採用応募の情報について"),
        _("応募書類や選考の情報について承ります"),
        _("お問い合わせの内容をお書きください"),
        _WHICH_DATA,
    ),
    Choice(
        "N-BREACH",
        _("情報が漏れているかもしれない"),
        _("すぐに担当者が確認します"),
        _("お気づきになったことをお書きください"),
    ),
)

BY_KIND = {choice.kind: choice for choice in CHOICES + MORE}

POPULATIONS = (
    SelectChoice("user", _("サービスの利用者")),
    SelectChoice("partner", _("取引先の方")),
    SelectChoice("applicant", _("採用に応募した方")),
    SelectChoice("other", _("その他")),
)

METHODS = (
    SelectChoice("electronic", _("データで受け取る（暗号化されたページからのダウンロード）")),
    SelectChoice("paper", _("書面で受け取る（郵送）")),
    SelectChoice("other", _("その他の方法（内容欄にお書きください）")),
)

ACTS = (SelectChoice("self", _("本人です")), SelectChoice("agent", _("代理人です")))

RELATIONS = (
    SelectChoice("statutory", _("法定代理人（親権者・成年後見人など）")),
    SelectChoice("appointed", _("本人から委任された代理人")),
    SelectChoice("lawyer", _("弁護士など")),
    SelectChoice("other", _("その他")),
)
