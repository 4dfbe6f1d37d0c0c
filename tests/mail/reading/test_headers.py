"""Headers in every state: folded, broken, doubled, missing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from desk.mail.reading.read import read

JST = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("raw", "subject", "text"),
    [
        (b"Subject: a\r\n\r\nbody", "a", "body"),
        (b"Subject: a\n\nbody", "a", "body"),
        (b"Subject: a\r\rbody", "a", "body"),
        (b"Subject: a\r\r\n\r\r\nbody", "a", "body"),
        (b"Subject: a\r\n\nbody", "a", "body"),
        (b"\r\n\r\nSubject: a\r\n\r\nbody", "a", "body"),
        (b"\xef\xbb\xbfSubject: a\r\n\r\nbody", "a", "body"),
        (b"From x@example.jp Wed Nov 25 10:00:00 2026\nSubject: a\n\nbody", "a", "body"),
        (b">From x@example.jp Wed Nov 25 10:00:00 2026\nSubject: a\n\nbody", "a", "body"),
        (b"Subject: a\nno colon here\nFrom: b@example.jp\n\nbody", "a", "body"),
        (b"quite Delivered-To: x\nSubject: a\nFrom: b@example.jp\n\nbody", "a", "body"),
        (b"Subject: a\nthe text begins at once\nand goes on\n", "a", "the text begins at once\nand goes on"),
        (b"Subject: a", "a", ""),
        (b"Subject: a\n", "a", ""),
        (b"Subject : a\n\nbody", "a", "body"),
        (b"SUBJECT:a\n\nbody", "a", "body"),
        (b"Subject:\n a\n\nbody", "a", "body"),
        (b"Subject: a\n b\n\tc\n\nbody", "a b c", "body"),
        (b"Subject: a\n   \nFrom: b@example.jp\n\nbody", "a", "body"),
        (b"Subject: a\n   \n b\n\nbody", "a b", "body"),
        (b"Subject: a\nSubject: b\n\nbody", "a", "body"),
        (b"Subject: \nTo: b@example.jp\n\nbody", "", "body"),
        (b"Subject: a\x00b\x07c\n\nbody", "ab c", "body"),
        (b"Subject: " + b"x" * 70_000 + b"\n\nbody", "x" * 70_000, "body"),
        (b"Message-Id: <a@b>\n\n  \n\nSubject: a\nFrom: b@example.jp\n\nbody", "a", "body"),
        (b"Just a text.\nNothing else.", "", "Just a text.\nNothing else."),
        (b"", "", ""),
        (b"\n", "", ""),
        (b"\x00\x00\x00", "", ""),
        (b":\n\nbody", "", ":\n\nbody"),
    ],
)
def test_it_finds_where_the_text_begins(raw: bytes, subject: str, text: str) -> None:
    parsed = read(raw)
    assert (parsed.subject, parsed.text) == (subject, text)


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("<a@example.jp>", ("<a@example.jp>",)),
        ("<a@example.jp> <b@example.jp>", ("<a@example.jp>", "<b@example.jp>")),
        ("<a@example.jp><b@example.jp>", ("<a@example.jp>", "<b@example.jp>")),
        ("<a@example.jp>\r\n\t<b@example.jp>", ("<a@example.jp>", "<b@example.jp>")),
        ("< a@example.jp >", ("<a@example.jp>",)),
        ("<a b@example.jp>", ("<ab@example.jp>",)),
        ("a@example.jp", ("<a@example.jp>",)),
        ("a@example.jp, b@example.jp", ("<a@example.jp>", "<b@example.jp>")),
        ('Your message of "Wed, 25 Nov" <a@example.jp>', ("<a@example.jp>",)),
        ("<a@b@example.jp>", ("<a@b@example.jp>",)),
        ("<noat>", ("<noat>",)),
        ("", ()),
    ],
)
def test_it_reads_references(written: str, ids: tuple[str, ...]) -> None:
    parsed = read(f"In-Reply-To: {written}\r\nReferences: {written}\r\n\r\n".encode())
    assert parsed.in_reply_to == parsed.references == ids


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("<a@example.jp>", "<a@example.jp>"),
        ("<a@example.jp> (added by relay)", "<a@example.jp>"),
        ("a@example.jp", "<a@example.jp>"),
        ("nonsense", "<nonsense>"),
        ("<>", None),
        ("", None),
    ],
)
def test_it_reads_the_message_id(written: str, found: str | None) -> None:
    assert read(f"Message-ID: {written}\r\n\r\n".encode()).message_id == found


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Wed, 25 Nov 2026 10:00:00 +0900", datetime(2026, 11, 25, 10, tzinfo=JST)),
        ("25 Nov 2026 10:00 +0900 (JST)", datetime(2026, 11, 25, 10, tzinfo=JST)),
        ("Wed, 25 Nov 2026 01:00:00 GMT", datetime(2026, 11, 25, 1, tzinfo=UTC)),
        ("Wed, 25 Nov 2026 01:00:00", datetime(2026, 11, 25, 1, tzinfo=UTC)),
        ("Wed, 99 Foo 2026 99:00:00 +0900", None),
        ("yesterday", None),
        ("Wed, 25 Nov 2026 10:00:00 +9999999", None),
        ("", None),
    ],
)
def test_it_reads_the_date(written: str, at: datetime | None) -> None:
    assert read(f"Date: {written}\r\n\r\n".encode()).date == at


def test_it_reads_who_received_it() -> None:
    raw = (
        b"Return-Path: <>\nDelivered-To: cs+token@example.jp\nX-Original-To: cs@example.jp\nReceived: from a\n by b\n\n"
    )
    parsed = read(raw)
    assert (parsed.return_path, parsed.delivered_to) == ("", ("cs+token@example.jp", "cs@example.jp"))
    assert parsed.received == ("from a by b",)


def test_it_keeps_every_verdict_in_order() -> None:
    raw = b"Authentication-Results: mx.example.jp; dmarc=pass\nAuthentication-Results: evil; dmarc=pass\n\n"
    assert read(raw).authentication_results == ("mx.example.jp; dmarc=pass", "evil; dmarc=pass")


@pytest.mark.parametrize(
    ("header", "field", "value"),
    [
        ("Auto-Submitted: Auto-Replied; owner-email=x", "auto_submitted", "auto-replied"),
        ("Auto-Submitted: no", "auto_submitted", "no"),
        ("Precedence: Bulk", "precedence", "bulk"),
        ("List-Id: News <news.example.jp>", "list_id", "News <news.example.jp>"),
        ("X-Auto-Response-Suppress: All", "x_auto_response_suppress", "All"),
        ("Content-Language: en", "content_language", "en"),
        ("X-Autoreply: yes", "signs", ("x-autoreply",)),
        ("Subject: 自動返信: 不在", "signs", ("subject",)),
        ("Subject: Out of Office: away", "signs", ("subject",)),
        ("Subject: 開示請求", "signs", ()),
    ],
)
def test_it_reads_the_signs_of_machines(header: str, field: str, value: object) -> None:
    assert getattr(read(f"{header}\r\n\r\n".encode()), field) == value
