"""What each alert says, and what to do about it."""

from dataclasses import dataclass

from flask_babel import gettext as _

from desk.mail.caps import PER_ADDRESS, PER_HOUR


@dataclass(frozen=True, slots=True)
class AlertWords:
    """What happened, what to do, and the state of the mails it is about, if it is about mails."""

    title: str
    advice: str
    state: str | None = None


def words_of(kind: str) -> AlertWords:
    """Return the words of an alert's kind; one that has none of its own still says that something waits."""
    known = {
        "mail_dead": AlertWords(
            _("送信できなかったメールがあります"),
            _("宛先または送信サーバーの応答を確認し、再送するか、送信を取りやめてください。"),
            "dead",
        ),
        "mail_uncertain": AlertWords(
            _("届いたかどうか分からないメールがあります"),
            _("送信サーバーの記録で届いたかを確かめ、届いていなければ再送してください。"),
            "uncertain",
        ),
        "mail_channel": AlertWords(
            _("送信サーバーを利用できません"),
            _("送信サーバーの設定と状態を確認してください。つながりしだい、待っているメールを自動で送ります。"),
            "pending",
        ),
        "disk_full": AlertWords(
            _("保存する場所の空きがなく、受け付けられなかった送信があります"),
            _("サーバーの空き容量を確認してください。送信された方には、まだ受け付けていないとお伝えしています。"),
        ),
        PER_ADDRESS: AlertWords(
            _("同じ宛先への受付通知が上限を超えました"),
            _("超えた分の受付通知は保留しています。内容を確認し、必要なものだけ送信してください。"),
            "held",
        ),
        PER_HOUR: AlertWords(
            _("初めての宛先への受付通知が1時間の上限を超えました"),
            _("超えた分の受付通知は保留しています。いたずらでないことを確認し、まとめて送信してください。"),
            "held",
        ),
    }
    return known.get(kind, AlertWords(_("確認が必要なことがあります"), _("内容を確認してください。")))
