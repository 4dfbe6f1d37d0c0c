"""The small forms of the status page and their words."""

from flask_babel import lazy_gettext as _
from wtforms import Form, MultipleFileField, StringField, TextAreaField
from wtforms.validators import InputRequired

from desk.law.waits import WaitReason
from desk.tickets.states import State

MOST_CHARS = 10_000

MISSING_TEXT = _("メッセージを入力するか、ファイルを選んでください")
TOO_LONG = _("メッセージは1万文字以内で入力してください。長い資料は添付してください")
NO_TEXT = _("文字として読み取れない部分があります。入力し直してください")
WRONG_CODE = _(
    "確認コードが違うか、有効時間（10分）が過ぎています。もう一度確かめるか、新しいコードを受け取ってください"
)
TOO_MANY_CODES = _(
    "1時間に送信できる確認コードは5回までです。先に届いたコードをお使いになるか、1時間ほどおいてからお試しください。"
)
MISSING_REFERENCE = _("受付番号を入力してください（例：ABCD-EFGH-JKLM）")

SENTENCES: dict[State, object] = {
    State.RECEIVED: _("お申し出は届いています。担当者がこれから内容を確認します。"),
    State.ACKED: _("お申し出は届いています。担当者がこれから内容を確認します。"),
    State.TRIAGED: _("担当者が内容を確認しています。"),
    State.ID_WAIT: _("ご本人の確認に必要な書類をお待ちしています。"),
    State.FIX_WAIT: _("お願いした内容のご連絡をお待ちしています。"),
    State.FEE_WAIT: _("手数料のお支払いをお待ちしています。"),
    State.VERIFIED: _("ご本人の確認が済みました。担当者が検討しています。"),
    State.INVESTIGATING: _("担当者が調べています。"),
    State.DRAFTED: _("担当者が回答を準備しています。"),
    State.APPROVED: _("担当者が回答を準備しています。"),
    State.EXECUTED: _("対応が済み、担当者が回答を準備しています。"),
    State.NOTIFIED: _("回答をお送りしました。"),
    State.CLOSED: _("対応は終了しました。"),
    State.WITHDRAWN: _("お取り下げを承り、対応を終了しました。"),
    State.REFERRED: _("ほかの窓口でお受けする内容のため、ご案内して終了しました。"),
    State.LAPSED: _("お願いした書類などが届かなかったため、いったん終了しました。"),
    State.REOPENED: _("あらためて対応しています。担当者が内容を確認します。"),
}

REPLIED = _("担当者からのお返事が届いています。")
"""What stands for the sentence of the state while the desk's reply is the last word."""

WAITS: dict[WaitReason, object] = {
    WaitReason.IDENTITY: _("ご本人の確認書類"),
    WaitReason.CORRECTION: _("お願いした内容のご連絡"),
    WaitReason.FEE: _("手数料のお支払い"),
}


class AdditionForm(Form):
    """A message to the desk, with files."""

    text = TextAreaField(_("メッセージ"))
    uploads = MultipleFileField(_("添付ファイル"))


class CodeForm(Form):
    """The code that was mailed."""

    code = StringField(_("確認コード（6桁）"), validators=[InputRequired()])


class LostLinkForm(Form):
    """The reference, to ask for a new link."""

    reference = StringField(_("受付番号"), validators=[InputRequired()])
