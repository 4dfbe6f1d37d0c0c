"""What each alert says, and what to do about it."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from desk.events.alerts import ODD_HISTORY
from desk.events.trouble import DISK_FULL, FOREIGN_JOB
from desk.handling.inspections import ACTION_ALERT, INSPECTION_ALERT
from desk.handling.policies import CONTRADICTION_ALERT, GAP_ALERT
from desk.handling.services import REVIEW_ALERT
from desk.mail import channel, late, mailbox
from desk.mail.caps import PER_ADDRESS, PER_HOUR
from desk.mail.fates import BOUNCED, DEAD, UNCERTAIN
from desk.reception import READER_ALERT


@dataclass(frozen=True, slots=True)
class AlertWords:
    """What happened, what to do, and the state of the mails it is about, if it is about mails."""

    title: LazyString
    advice: LazyString
    state: str | None = None
    opens_case: bool = False
    """Whether the advice leads to the case, which an administrator may not open."""


WORDS: dict[str, AlertWords] = {
    DEAD: AlertWords(
        _("送信できなかったメールがあります"),
        _(
            "最後の応答を確認して、再送してください。宛先が違うときは、案件のページでメールアドレスを変更します。送らないときは、別の方法でご本人に連絡してから確認済みにしてください。"
        ),
        "dead",
        opens_case=True,
    ),
    UNCERTAIN: AlertWords(
        _("届いたかどうか分からないメールがあります"),
        _(
            "送信サーバーの記録で届いたかを確かめ、届いていなければ再送してください。届いていれば確認済みにしてください。"
        ),
        "uncertain",
    ),
    BOUNCED: AlertWords(
        _("宛先に届かず戻ってきたメールがあります"),
        _(
            "案件を開いて宛先を確かめ、メールアドレスを変更するか、電話や手紙など別の方法で連絡してから確認済みにしてください。"
        ),
        "bounced",
        opens_case=True,
    ),
    channel.ALERT: AlertWords(
        _("送信サーバーを利用できません"),
        _("送信サーバーの設定と状態を確認してください。つながりしだい、待っているメールを自動で送ります。"),
        "pending",
    ),
    mailbox.ALERT: AlertWords(
        _("受信用のメールボックスを読み込めません"),
        _(
            "メールボックスの設定（サーバー、フォルダ、パスワードなど）とサーバーの状態を確認してください。届いているメールはメールボックスに残っており、つながりしだい自動で読み込みます。"
        ),
    ),
    mailbox.UNKNOWN_ALERT: AlertWords(
        _("処理済みのフォルダに、読み込んでいないメールがあります"),
        _("処理済みのフォルダにあるメールのうち、記録にないものを受信フォルダへ戻してください。自動で読み込みます。"),
    ),
    READER_ALERT: AlertWords(
        _("届いたメールを解析できないため、取り込みを止めています"),
        _(
            "届いたメールはすべて保管されており、失われていません。サーバーのメモリとプロセス数に空きがあるか、プログラムの設置に欠けたファイルがないか確認してください。解析できるようになりしだい、自動で取り込みます。"
        ),
    ),
    late.ALERT: AlertWords(
        _("1時間以上送信できていないメールがあります"),
        _("送信サーバーとワーカーの状態を確認してください。送信が済むと、このお知らせは自動で消えます。"),
        "retry",
    ),
    REVIEW_ALERT: AlertWords(
        _("見直しの時期になった外部のサービスがあります"),
        _("「ポリシーと回答」の外部のサービスで、契約や安全管理の状況を確かめ、次の見直しの日を入力してください。"),
    ),
    GAP_ALERT: AlertWords(
        _("ポリシーの不足を直す期限が来ています"),
        _("「ポリシーと回答」で、直した版を取り込むか、期限を改めてください。"),
    ),
    CONTRADICTION_ALERT: AlertWords(
        _("プライバシーポリシーとこの窓口の設定が食い違っています"),
        _("「管理」に食い違うところがあります。設定を直すか、改めた版のポリシーを取り込んでください。"),
    ),
    INSPECTION_ALERT: AlertWords(
        _("終わった事業年度の点検記録が、署名または受領を待っています"),
        _("管理者（個人情報保護）が「年度の点検」で内容を確かめて署名し、代表者の受領を記録してください。"),
    ),
    ACTION_ALERT: AlertWords(
        _("期限の来た是正処置があります"),
        _("「年度の点検」で結果を記録して終了にするか、期限を改めてください。"),
    ),
    DISK_FULL: AlertWords(
        _("保存する場所の空きがなく、書き込めなかったものがあります"),
        _(
            "サーバーの空き容量を確認してください。受け付けられなかった送信については、まだ受け付けていないとご本人にお伝えしています。"
        ),
    ),
    FOREIGN_JOB: AlertWords(
        _("この窓口のものではない処理が、処理待ちの列に入れられました"),
        _("実行せずに取り除きました。Redisに接続できる人とプログラムを確認し、Redisのパスワードを変更してください。"),
    ),
    ODD_HISTORY: AlertWords(
        _("期限の根拠を計算できない案件があります"),
        _(
            "案件を開き、経過に矛盾がないか確認してください。表示中の日付は最後に計算されたもので、そのまま守ってください。"
        ),
        opens_case=True,
    ),
    PER_ADDRESS: AlertWords(
        _("同じ宛先への受付通知が上限を超えました"),
        _("超えた分の受付通知は保留しています。いたずらでないことを確認し、必要なものの保留を解いてください。"),
        "held",
    ),
    PER_HOUR: AlertWords(
        _("初めての宛先への受付通知が1時間の上限を超えました"),
        _("超えた分の受付通知は保留しています。いたずらでないことを確認し、保留をすべて解いてください。"),
        "held",
    ),
}
OTHER = AlertWords(_("確認が必要なことがあります"), _("内容を確認してください。"))


def words_of(kind: str) -> AlertWords:
    """Return the words of an alert's kind; one that has none of its own still says that something waits."""
    return WORDS.get(kind, OTHER)
