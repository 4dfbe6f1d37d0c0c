"""Reports of machines, in their own format and in plain words."""

import pytest

from desk.mail.reading.parsed import Recipient, Report
from desk.mail.reading.read import read
from tests.mail.reading.building import mail, multipart, text

STATUS = """Reporting-MTA: dns; mx.example.jp
Original-Envelope-Id: ob.0123

Final-Recipient: rfc822; a@example.jp
Original-Recipient: rfc822;b@example.jp
Action: failed
Status: 5.1.1 (bad mailbox)
Diagnostic-Code: smtp; 550 5.1.1 <a@example.jp>... User unknown

Final-Recipient: rfc822;<c@example.jp>
Action: Delayed
Status: 4.4.1
"""
RETURNED = mail("Content-Type: message/rfc822", mail("Message-ID: <ob.1@desk.example.jp>\nSubject: x", "y"))
HEADERS_ONLY = mail("Content-Type: text/rfc822-headers", "Message-ID: <ob.1@desk.example.jp>\nSubject: x\n")


@pytest.mark.parametrize("returned", [RETURNED, HEADERS_ONLY])
def test_it_reads_a_delivery_report(returned: bytes) -> None:
    status = mail("Content-Type: message/delivery-status", STATUS)
    report = read(multipart(text("failed"), status, returned, kind="report")).report
    assert report == Report(
        kind="dsn",
        recipients=(
            Recipient("a@example.jp", "failed", "5.1.1", "550 5.1.1 <a@example.jp>... User unknown"),
            Recipient("c@example.jp", "delayed", "4.4.1", ""),
        ),
        original_message_id="<ob.1@desk.example.jp>",
        original_envelope_id="ob.0123",
        disposition="",
    )


def test_it_reads_a_receipt() -> None:
    words = """Final-Recipient: rfc822;a@example.jp
Original-Message-ID: <ob.1@desk.example.jp>
Disposition: manual-action/MDN-sent-manually; displayed
"""
    part = mail("Content-Type: message/disposition-notification", words)
    report = read(multipart(text("read"), part, kind="report")).report
    assert report is not None
    assert (report.kind, report.disposition, report.original_message_id) == (
        "mdn",
        "displayed",
        "<ob.1@desk.example.jp>",
    )


def test_it_reads_a_complaint() -> None:
    part = mail("Content-Type: message/feedback-report", "Feedback-Type: abuse\nOriginal-Rcpt-To: <a@example.jp>\n")
    report = read(multipart(text("spam"), part, RETURNED, kind="report")).report
    assert report == Report("arf", (Recipient("a@example.jp", "", "", ""),), "<ob.1@desk.example.jp>", None, "abuse")


QMAIL = """Hi. This is the qmail-send program at mx.example.jp.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<a@example.jp>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown

--- Below this line is a copy of the message.

Return-Path: <cs@desk.example.jp>
Message-ID: <ob.1@desk.example.jp>
To: other@example.jp
"""
EXIM = """This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients:

  a@example.jp
    host mx.example.jp: 550 5.1.1 user unknown

------ This is a copy of the message, including all the headers. ------
Message-Id: <ob.1@desk.example.jp>
"""
CARRIER = """宛先のメールアドレスが見つかりませんでした。
送信先: a@docomo.ne.jp

----- Original message -----
Message-ID: <ob.1@desk.example.jp>
"""


@pytest.mark.parametrize(
    ("sender", "subject", "body", "address", "status"),
    [
        ("MAILER-DAEMON@mx.example.jp", "failure notice", QMAIL, "a@example.jp", "5.1.1"),
        ("Mail Delivery System <Mailer-Daemon@mx.example.jp>", "Mail delivery failed", EXIM, "a@example.jp", "5.1.1"),
        (
            "Mail Administrator <Postmaster@docomo.ne.jp>",
            "Mail System Error - Returned Mail",
            CARRIER,
            "a@docomo.ne.jp",
            "",
        ),
        ("postmaster@ezweb.ne.jp", "送信エラー", CARRIER, "a@docomo.ne.jp", ""),
        ("MAILER-DAEMON", "Returned mail: User unknown", QMAIL, "a@example.jp", "5.1.1"),
    ],
)
def test_it_recognises_a_bounce_in_words(sender: str, subject: str, body: str, address: str, status: str) -> None:
    report = read(mail(f"From: {sender}\nTo: cs@desk.example.jp\nSubject: {subject}", body)).report
    assert report == Report("bounce", (Recipient(address, "failed", status, ""),), "<ob.1@desk.example.jp>", None, "")


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("a@example.jp", "メールが届きません", "宛先不明で戻ってきます。user unknown と出ます。"),
        ("a@example.jp", "開示請求", QMAIL),
        ("postmaster@example.jp", "お問い合わせ", "個人情報の件で伺います。"),
        ("a@example.jp", "Re: Returned mail: User unknown", "Why did this come back?"),
    ],
)
def test_it_does_not_take_a_person_for_a_machine(sender: str, subject: str, body: str) -> None:
    assert read(mail(f"From: {sender}\nSubject: {subject}", body)).report is None
