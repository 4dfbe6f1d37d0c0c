"""The closed vocabulary of the trail: each kind with the facts it must carry and the sentence a person reads."""

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _


class EventKind(StrEnum):
    """What can happen."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    PERSON_WROTE = "person_wrote"
    CONTACT_RECORDED = "contact_recorded"
    ANSWERED = "answered"
    NOTED = "noted"
    ASSIGNED = "assigned"
    HANDED_BACK = "handed_back"
    WAIT_STARTED = "wait_started"
    RESUMED = "resumed"
    RECAST = "recast"
    LAW_CHOSEN = "law_chosen"
    DELAY_TOLD = "delay_told"
    CALENDAR_CHANGED = "calendar_changed"
    DUTIES_CHECKED = "duties_checked"
    DECISION_DRAFTED = "decision_drafted"
    DECISION_APPROVED = "decision_approved"
    DECISION_RETURNED = "decision_returned"
    MOVED = "moved"
    ESCALATED = "escalated"
    NOTIFIED = "notified"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    VIEWED = "viewed"
    FILE_OPENED = "file_opened"
    FILES_STOPPED = "files_stopped"
    FILES_GIVEN = "files_given"
    NUMBERS_SHOWN = "numbers_shown"
    OWN_DATA_LISTED = "own_data_listed"
    SEARCHED = "searched"
    EXPORTED = "exported"
    REFUSED = "refused"
    REMINDED = "reminded"
    MAIL_SENT = "mail_sent"
    MAIL_DEAD = "mail_dead"
    MAIL_HELD = "mail_held"
    MAIL_UNCERTAIN = "mail_uncertain"
    MAIL_RETRIED = "mail_retried"
    MAIL_RELEASED = "mail_released"
    MAIL_GIVEN_UP = "mail_given_up"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_SET_ASIDE = "mail_set_aside"
    MAIL_JUDGED = "mail_judged"
    MAIL_READ = "mail_read"
    MACHINE_ANSWERED = "machine_answered"
    LINK_MADE = "link_made"
    LINK_USED = "link_used"
    LETTER_PRINTED = "letter_printed"
    ADDRESS_CHANGED = "address_changed"
    ADDRESS_ASKED = "address_asked"
    ADDRESS_REFUSED = "address_refused"
    CODE_SENT = "code_sent"
    CODE_ACCEPTED = "code_accepted"
    CODE_REFUSED = "code_refused"
    TRACE_ERASED = "trace_erased"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name, not a secret
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a name, not a secret
    RESET_REQUESTED = "reset_requested"
    INVITATION_ACCEPTED = "invitation_accepted"
    PROFILE_CHANGED = "profile_changed"
    STAFF_ADDED = "staff_added"
    STAFF_INVITED = "staff_invited"
    ROLE_CHANGED = "role_changed"
    STAFF_DEACTIVATED = "staff_deactivated"
    STAFF_REACTIVATED = "staff_reactivated"
    COMPANY_CHANGED = "company_changed"
    SETTING_CHANGED = "setting_changed"
    WORDING_CHANGED = "wording_changed"
    KIND_ACTIVATED = "kind_activated"
    KIND_DEACTIVATED = "kind_deactivated"
    GAP_CHANGED = "gap_changed"
    SERVICE_CHANGED = "service_changed"
    SERVICE_CHECKED = "service_checked"
    SERVICE_INVOLVED = "service_involved"
    DOCUMENT_GIVEN = "document_given"
    DOCUMENT_MARKED = "document_marked"
    DOCUMENT_SHOWN = "document_shown"
    DOCUMENT_ACCEPTED = "document_accepted"
    DOCUMENT_REFUSED = "document_refused"
    DOCUMENT_COVERED = "document_covered"
    DOCUMENT_ERASED = "document_erased"
    IDENTITY_CONFIRMED = "identity_confirmed"
    FEE_PAID = "fee_paid"
    SOURCE_ASKED = "source_asked"
    SOURCE_ANSWERED = "source_answered"
    PROCEDURE_CHANGED = "procedure_changed"
    POLICY_IMPORTED = "policy_imported"
    POLICY_PLACED = "policy_placed"
    POLICY_ADOPTED = "policy_adopted"
    POLICY_DISCARDED = "policy_discarded"
    POLICY_NOTICED = "policy_noticed"
    CONSENT_RECORDED = "consent_recorded"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    USE_ASKED = "use_asked"
    USE_DECIDED = "use_decided"
    INSPECTION_OPENED = "inspection_opened"
    INSPECTION_CHANGED = "inspection_changed"
    INSPECTION_SIGNED = "inspection_signed"
    INSPECTION_RECEIVED = "inspection_received"
    ACTION_CHANGED = "action_changed"
    ALERT_CLOSED = "alert_closed"
    UNKNOWN = "unknown"
    """Never recorded: what a newer version of the desk wrote, as this one reads it."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What one kind must carry."""

    sentence: object
    """Lazy text with `{fact}` places."""
    facts: frozenset[str] = frozenset()
    payload: frozenset[str] = frozenset()
    clock: str | None = None
    """The clock event of `desk.law.deadlines` that it is, with `{fact}` places."""


def _spec(sentence: object, *facts: str, payload: tuple[str, ...] = (), clock: str | None = None) -> Spec:
    return Spec(sentence, frozenset(facts), frozenset(payload), clock)


BY_PERSON = (EventKind.PERSON_WROTE, EventKind.CONTACT_RECORDED)
"""The person has said something, in writing or to somebody who wrote it down."""

KINDS: dict[EventKind, Spec] = {
    EventKind.RECEIVED: _spec(_("受け付けました（{kind}、{channel}）"), "kind", "channel", "ack"),
    EventKind.ACKNOWLEDGED: _spec(_("受付通知を送信しました")),
    EventKind.PERSON_WROTE: _spec(_("ご本人からメッセージが届きました"), "message"),
    EventKind.CONTACT_RECORDED: _spec(
        _("ご本人からの連絡を記録しました（{channel}、{arrived}）"), "message", "channel", "arrived"
    ),
    EventKind.ANSWERED: _spec(_("回答しました"), "message"),
    EventKind.NOTED: _spec(_("内部メモを残しました"), "message"),
    EventKind.ASSIGNED: _spec(_("担当を変更しました（{to}）"), "to"),
    EventKind.HANDED_BACK: _spec(_("担当者が対応できなくなったため、担当なしに戻しました（{staff}）"), "staff"),
    EventKind.WAIT_STARTED: _spec(
        _("ご本人の対応待ちにしました（{reason}、{due}まで）"), "reason", "due", clock="wait-{reason}"
    ),
    EventKind.RESUMED: _spec(_("対応を再開しました"), clock="resumed"),
    EventKind.RECAST: _spec(
        _("種別を変更しました（{origin} → {to}）"), "origin", "to", payload=("reason",), clock="recast:{to}"
    ),
    EventKind.LAW_CHOSEN: _spec(
        _("適用する法令を変更しました（{origin} → {to}）"), "origin", "to", payload=("reason",)
    ),
    EventKind.DELAY_TOLD: _spec(
        _("お時間をいただくことをお伝えしました（回答の予定：{expected}）"), "message", "expected", clock="extended"
    ),
    EventKind.CALENDAR_CHANGED: _spec(
        _("営業日の暦が変わりました（早まった日付：{earlier}、早い方を守った日付：{held}）"),
        "calendar",
        "earlier",
        "held",
    ),
    EventKind.DUTIES_CHECKED: _spec(_("確認事項を更新しました（済み：{done}、未了に戻した：{open}）"), "done", "open"),
    EventKind.DECISION_DRAFTED: _spec(_("判断案を作成しました（{outcome}）"), "outcome"),
    EventKind.DECISION_APPROVED: _spec(
        _("判断を承認しました（{outcome}、{alone}、未了の確認事項：{open}）"),
        "outcome",
        "alone",
        "open",
        payload=("reason",),
    ),
    EventKind.DECISION_RETURNED: _spec(_("判断案を差し戻しました（{outcome}）"), "outcome", payload=("reason",)),
    EventKind.MOVED: _spec(_("状態を変更しました（{origin} → {to}）"), "origin", "to"),
    EventKind.ESCALATED: _spec(_("管理者に引き継ぎました"), payload=("reason",)),
    EventKind.NOTIFIED: _spec(_("結果を通知しました"), clock="notified"),
    EventKind.CLOSED: _spec(_("終了しました（{outcome}）"), "outcome", clock="closed"),
    EventKind.REOPENED: _spec(_("再開しました"), clock="reopened"),
    EventKind.WITHDRAWN: _spec(_("ご本人が取り下げました"), clock="closed"),
    EventKind.VIEWED: _spec(_("内容を閲覧しました")),
    EventKind.FILES_STOPPED: _spec(_("ファイルの受け渡しを止めました"), "message"),
    EventKind.FILES_GIVEN: _spec(_("ファイルをもう一度渡しました（{until}まで）"), "message", "until"),
    EventKind.FILE_OPENED: _spec(_("ファイルを開きました"), "file"),
    EventKind.NUMBERS_SHOWN: _spec(_("伏せた番号を表示しました"), "message"),
    EventKind.OWN_DATA_LISTED: _spec(_("窓口が持つこの方の情報を確認しました（{hits}件）"), "hits"),
    EventKind.SEARCHED: _spec(_("検索しました（{hits}件）"), "hits"),
    EventKind.EXPORTED: _spec(_("集計を書き出しました"), "what"),
    EventKind.REFUSED: _spec(_("権限のない操作を拒否しました"), "endpoint"),
    EventKind.REMINDED: _spec(_("期限のお知らせを担当者に送りました（{rule}）"), "rule"),
    EventKind.MAIL_SENT: _spec(_("メールを送信しました（{mail}）"), "mail", "outbox"),
    EventKind.MAIL_DEAD: _spec(_("メールを送信できませんでした（{mail}、{code}）"), "mail", "outbox", "code"),
    EventKind.MAIL_HELD: _spec(_("メールの送信を保留しました（{mail}）"), "mail", "outbox", "code"),
    EventKind.MAIL_UNCERTAIN: _spec(_("メールが届いたかどうか確認できません（{mail}）"), "mail", "outbox"),
    EventKind.MAIL_RETRIED: _spec(_("メールの再送を指示しました（{mail}）"), "mail", "outbox"),
    EventKind.MAIL_RELEASED: _spec(_("保留中のメールを送信に回しました（{mail}）"), "mail", "outbox"),
    EventKind.MAIL_GIVEN_UP: _spec(_("メールを送らないことにしました（{mail}）"), "mail", "outbox"),
    EventKind.MAIL_BOUNCED: _spec(_("メールが宛先に届かず戻りました（{mail}）"), "mail", "outbox"),
    EventKind.MAIL_SET_ASIDE: _spec(_("届いたメールを確認待ちにしました（{reason}）"), "inbox", "reason"),
    EventKind.MAIL_JUDGED: _spec(_("確認待ちのメールの扱いを決めました（{wish}）"), "inbox", "wish"),
    EventKind.MAIL_READ: _spec(_("届いたメールを閲覧しました（{what}）"), "inbox", "what"),
    EventKind.MACHINE_ANSWERED: _spec(_("自動応答のメールが届きました"), "inbox"),
    EventKind.LINK_MADE: _spec(_("専用リンクを発行しました")),
    EventKind.LINK_USED: _spec(_("専用リンクが開かれました")),
    EventKind.LETTER_PRINTED: _spec(_("専用リンクと確認コードを載せた手紙を作りました")),
    EventKind.ADDRESS_CHANGED: _spec(_("連絡先のメールアドレスを変更しました"), payload=("reason", "before", "after")),
    EventKind.ADDRESS_ASKED: _spec(_("連絡先のメールアドレスの変更を、ほかの方の承認待ちにしました")),
    EventKind.ADDRESS_REFUSED: _spec(_("連絡先のメールアドレスの変更を取りやめました")),
    EventKind.CODE_SENT: _spec(_("確認コードを送信しました")),
    EventKind.CODE_ACCEPTED: _spec(_("確認コードが入力されました")),
    EventKind.CODE_REFUSED: _spec(_("誤った確認コードが入力されました")),
    EventKind.TRACE_ERASED: _spec(_("送信時の接続情報を消去しました")),
    EventKind.SIGNED_IN: _spec(_("ログインしました")),
    EventKind.SIGN_IN_REFUSED: _spec(_("ログインできませんでした")),
    EventKind.SIGNED_OUT: _spec(_("ログアウトしました"), "everywhere"),
    EventKind.PASSWORD_CHANGED: _spec(_("パスワードを変更しました")),
    EventKind.PASSWORD_RESET: _spec(_("再設定リンクから新しいパスワードを設定しました")),
    EventKind.RESET_REQUESTED: _spec(_("パスワードの再設定リンクを送りました"), "staff"),
    EventKind.INVITATION_ACCEPTED: _spec(_("招待リンクから最初のパスワードを設定しました")),
    EventKind.PROFILE_CHANGED: _spec(_("自分の表示名または言語を変更しました")),
    EventKind.STAFF_ADDED: _spec(_("職員を追加しました（{role}）"), "staff", "role"),
    EventKind.STAFF_INVITED: _spec(_("職員を招待しました（{role}）"), "staff", "role"),
    EventKind.ROLE_CHANGED: _spec(_("役割を変更しました（{origin} → {to}）"), "staff", "origin", "to"),
    EventKind.STAFF_DEACTIVATED: _spec(_("職員を無効にしました"), "staff"),
    EventKind.STAFF_REACTIVATED: _spec(_("職員を有効に戻しました"), "staff"),
    EventKind.COMPANY_CHANGED: _spec(_("会社情報を変更しました")),
    EventKind.SETTING_CHANGED: _spec(_("設定を変更しました（{name}）"), "name"),
    EventKind.WORDING_CHANGED: _spec(
        _("手紙の文面を変更しました（{letter}、{language}、第{number}版）"), "letter", "language", "number"
    ),
    EventKind.KIND_ACTIVATED: _spec(_("種別を選べるようにしました（{kind}）"), "regime", "kind"),
    EventKind.KIND_DEACTIVATED: _spec(_("種別を選べないようにしました（{kind}）"), "regime", "kind"),
    EventKind.GAP_CHANGED: _spec(_("ポリシーの不足への対応を変更しました（{gap}）"), "gap"),
    EventKind.SERVICE_CHANGED: _spec(_("外部のサービスの記録を変更しました"), "service"),
    EventKind.SERVICE_CHECKED: _spec(_("外部のサービスの設定を確認しました"), "service"),
    EventKind.SERVICE_INVOLVED: _spec(
        _("外部のサービスの対応を記録しました（{service}、{stage}）"), "service", "stage"
    ),
    EventKind.DOCUMENT_GIVEN: _spec(_("確認書類が届きました（{document}、{count}点）"), "document", "count"),
    EventKind.DOCUMENT_MARKED: _spec(_("ファイルを確認書類として扱うことにしました（{document}）"), "document", "file"),
    EventKind.DOCUMENT_SHOWN: _spec(_("確認書類を表示しました（{document}、{page}ページ）"), "document", "page"),
    EventKind.DOCUMENT_ACCEPTED: _spec(
        _("確認書類を受け入れました（{document}、確かめたこと：{seen}、{erase_on}に消去）"),
        "document",
        "seen",
        "erase_on",
    ),
    EventKind.DOCUMENT_REFUSED: _spec(
        _("確認書類を受け入れませんでした（{document}、{erase_on}に消去）"), "document", "erase_on", payload=("reason",)
    ),
    EventKind.DOCUMENT_COVERED: _spec(_("確認書類の一部を覆ったものに置き換えました（{document}）"), "document"),
    EventKind.DOCUMENT_ERASED: _spec(_("確認書類を消去しました（{document}、{why}）"), "document", "why"),
    EventKind.IDENTITY_CONFIRMED: _spec(
        _("本人確認を終えました（{basis}、{relation}）"), "basis", "relation", payload=("reason",)
    ),
    EventKind.FEE_PAID: _spec(
        _("手数料を受け取りました（{yen}円、{payment}、{paid_on}）"), "yen", "payment", "paid_on", "message"
    ),
    EventKind.SOURCE_ASKED: _spec(_("調査を依頼しました（{source}、期日：{due}）"), "source", "due"),
    EventKind.SOURCE_ANSWERED: _spec(_("調査の結果を記録しました（{source}、情報：{found}）"), "source", "found"),
    EventKind.PROCEDURE_CHANGED: _spec(_("ご請求の手続の定めを変更しました")),
    EventKind.POLICY_IMPORTED: _spec(_("プライバシーポリシーの下書きを取り込みました"), "policy"),
    EventKind.POLICY_PLACED: _spec(_("プライバシーポリシーの下書きに内容を補いました"), "policy"),
    EventKind.POLICY_ADOPTED: _spec(
        _("プライバシーポリシーの第{number}版の施行日を定めました（{effective_on}）"), "number", "effective_on"
    ),
    EventKind.POLICY_DISCARDED: _spec(_("プライバシーポリシーの下書きを破棄しました"), "policy"),
    EventKind.POLICY_NOTICED: _spec(
        _("プライバシーポリシーの第{number}版をお知らせしました（{way}）"), "number", "way"
    ),
    EventKind.CONSENT_RECORDED: _spec(_("同意を記録しました"), "consent"),
    EventKind.CONSENT_WITHDRAWN: _spec(_("同意の撤回を記録しました"), "consent"),
    EventKind.USE_ASKED: _spec(_("目的外の利用を申請しました"), "use"),
    EventKind.USE_DECIDED: _spec(_("目的外の利用について判断しました（{ground}）"), "use", "ground"),
    EventKind.INSPECTION_OPENED: _spec(_("{year}年度の点検記録を作りました"), "year"),
    EventKind.INSPECTION_CHANGED: _spec(_("{year}年度の点検記録を変更しました"), "year"),
    EventKind.INSPECTION_SIGNED: _spec(_("{year}年度の点検記録に署名しました"), "year"),
    EventKind.INSPECTION_RECEIVED: _spec(_("{year}年度の点検記録の受領を記録しました"), "year"),
    EventKind.ACTION_CHANGED: _spec(_("{year}年度の点検の是正処置を変更しました"), "year", "action"),
    EventKind.ALERT_CLOSED: _spec(_("お知らせを確認済みにしました"), "alert"),
    EventKind.UNKNOWN: _spec(_("この版では表示できない記録です")),
}

LOOKS = frozenset({EventKind.VIEWED, EventKind.NUMBERS_SHOWN, EventKind.OWN_DATA_LISTED, EventKind.DOCUMENT_SHOWN})
"""Events after which a ticket is what it was: nobody who saves has to know of them."""
