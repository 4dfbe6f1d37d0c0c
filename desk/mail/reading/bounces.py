"""Bounces in plain words: qmail, Postfix, Exim, sendmail, and the Japanese carriers."""

import re

from desk.mail.reading.parsed import Address, Recipient, Report
from desk.mail.reading.tree import Node

WHO = re.compile(r"(?i)^(?:mailer-?daemon|postmaster|mail-?daemon|mailer|mdaemon|bounce[^@]*|)(?:@|$)|^mail delivery")
SUBJECT = re.compile(
    r"(?i)^(?:undeliver|returned mail|mail delivery (?:failed|failure|system)|delivery (?:status notification|failure|"
    r"notification)|failure notice|mail system error|undelivered mail|message not delivered|delivery has failed|"
    r"mail could not be delivered|non.?delivery|warning: (?:could not send|message)|(?:配信|送信)(?:不能|エラー|できません)|"
    r"(?:メール)?(?:配信|送信)?エラー(?:通知|メール)|宛先不明|メールが(?:送信|配信)できません)"
)
BODY = re.compile(
    r"(?i)this is the qmail-send program|this is the (?:mail system|postfix program) at host|"
    r"this message was created automatically by mail delivery software|"
    r"the following addresses had permanent (?:fatal|delivery) errors|the original message was received at|"
    r"(?:宛先|あて先|送信先)の(?:メール)?アドレスが(?:見つかり|存在し|正しく)|メールを?(?:送信|お届け|配信)(?:することが)?できません|"
    r"user unknown|unknown user|no such user|mailbox (?:is )?full|over quota|host (?:or domain )?(?:name )?not found"
)
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
ID = re.compile(r"(?im)^[> \t]{0,5}message-id:\s{0,4}(<[^<>\s]{1,500}>)")
RETURNED = re.compile(
    r"(?im)^(?:-{2,} ?(?:below this line is a copy|this is a copy of the message|original message|.{0,30}headers follow)"
    r"|-{2,} ?the header of the original|return-path:|received:)"
)
MOST_TEXT = 100_000


def read_bounce(root: Node, subject: str, text: str, senders: tuple[Address, ...]) -> Report | None:
    """Return the bounce that a mail seems to be, with what it says; None unless two of three signs agree.

    The signs are its sender (a daemon or nobody), its subject and its words. It stays a guess: forged ones look so too.
    """
    body = text[:MOST_TEXT]
    signs = _is_daemon(root, senders) + bool(SUBJECT.search(subject)) + bool(BODY.search(body))
    if signs < 2 or not (_is_daemon(root, senders) or SUBJECT.search(subject)):
        return None
    returned = RETURNED.search(body)
    said = body[: returned.start()] if returned else body
    status = STATUS.search(said)
    recipients = tuple(Recipient(one, "failed", status[1] if status else "", "") for one in _failed(root, said))
    found = ID.search(body)
    return Report("bounce", recipients, found[1] if found else _within(root), None, "")


def _is_daemon(root: Node, senders: tuple[Address, ...]) -> bool:
    if root.headers.get("return-path").replace(" ", "") == "<>":
        return True
    return any(WHO.match(one.address or one.name) or WHO.match(one.name or "x") for one in senders[:1])


def _failed(root: Node, said: str) -> list[str]:
    """Return the addresses that failed: what a header names, else those that the words name."""
    named = ADDRESS.findall(root.headers.get("x-failed-recipients"))
    own = {one.lower() for one in ADDRESS.findall(root.headers.get("to") + " " + root.headers.get("from"))}
    found = named or [one for one in ADDRESS.findall(said) if one.lower() not in own and not WHO.match(one)]
    return list(dict.fromkeys(found))[:20]


def _within(root: Node) -> str | None:
    for node in root.walk_shallow():
        if node.children and node.type == "message/rfc822":
            found = re.search(r"<[^<>\s]{1,500}>", node.children[0].headers.get("message-id"))
            return found[0] if found else None
    return None
