"""What servers write: the last hop in Received, and answers to FETCH in every order."""

from datetime import UTC, datetime

import pytest

from desk.mail.imapwords import read_internal_dates, read_part
from desk.mail.lasthop import last_hop_tls

LMTP = b"Received: from mx.example.jp by mx.example.jp with LMTP id x; Mon, 2 Nov 2026 12:00:00 +0900\r\n"
FILTER = b"Received: from localhost (localhost [127.0.0.1])\r\n\tby mx.example.jp (Postfix) with ESMTP id y\r\n"


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (
            b"from a (a [192.0.2.1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\tby mx with ESMTPS id 1",
            "TLSv1.3",
        ),
        (b"from a (192.0.2.1) by mx with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15", "TLSv1.2"),
        (
            b"from a (a. [192.0.2.1]) by mx.google.com with ESMTPS id 1 (version=TLS1_3 cipher=X bits=256/256)",
            "TLSv1.3",
        ),
        (b"from a ([192.0.2.1]) by mx with esmtps (TLS1.3) tls TLS_AES_256 (Exim 4.96)", "TLSv1.3"),
        (b"from a ([192.0.2.1]) by mx with ESMTPS id 1", "TLS"),
        (b"from a ([192.0.2.1]) by mx with ESMTP id 1", "none"),
        (b"from a ([192.0.2.1]) by mx with SMTP id 1", "none"),
        (b"from a ([192.0.2.1]) by mx with UTF8SMTPS id 1", "TLS"),
        (b"by mx (Postfix, from userid 0)", None),
        (b"", None),
    ],
)
def test_it_reads_the_last_hop(received: bytes, expected: str | None) -> None:
    mail = b"Received: " + received + b"\r\nReceived: from x by y with ESMTP id forged\r\n\r\nReceived: body\r\n"
    for inner in (b"", LMTP, FILTER, LMTP + FILTER):
        assert last_hop_tls(b"Return-Path: <>\r\n" + inner + mail) == expected


def test_it_says_nothing_where_nothing_is_written() -> None:
    assert last_hop_tls(b"") is None
    assert last_hop_tls(b"From: a\r\n\r\nReceived: from a by b with ESMTPS") is None
    assert last_hop_tls(b"Received:" + b" x" * 100_000) is None
    assert last_hop_tls(b"Received: from " + b"(" * 16_000) is None


DATE = b'INTERNALDATE " 1-Nov-2026 12:34:56 +0900"'


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ([(b"1 (UID 5 " + DATE + b" RFC822.SIZE 3 BODY[]<0> {3}", b"abc"), b")"], b"abc"),
        ([(b"1 (BODY[]<0> {3}", b"abc"), b" UID 5 " + DATE + b" RFC822.SIZE 3)"], b"abc"),
        ([b"9 (UID 4 FLAGS (\\Seen))", (b"1 (UID 5 " + DATE + b" RFC822.SIZE 3 BODY[]<0> {3}", b"abc"), b")"], b"abc"),
        ([(b"1 (UID 5 " + DATE + b" RFC822.SIZE 3 BODY[]<0> {3}", b"abc"), b")", b"9 (UID 4 FLAGS ())"], b"abc"),
        ([(b"1 (UID 5 " + DATE + b" RFC822.SIZE 3 BODY[] {3}", b"abc"), b")"], b"abc"),
        ([b"1 (UID 5 " + DATE + b' RFC822.SIZE 3 BODY[]<0> "a\\"c")'], b'a"c'),
        ([b"1 (UID 5 " + DATE + b" RFC822.SIZE 3 BODY[]<0> NIL)"], b""),
        ([b"1 (UID 5 " + DATE + b' RFC822.SIZE 3 BODY[]<0> "")'], b""),
    ],
)
def test_it_reads_one_mail_in_any_order(answer: list[bytes | tuple[bytes, bytes]], body: bytes) -> None:
    part = read_part(answer, 5)
    assert part is not None
    assert (part.body, part.size) == (body, 3)
    assert part.received_at == datetime(2026, 11, 1, 3, 34, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer", [[], [None], [b""], [b"1 (UID 5 FLAGS ())"], [(b"1 (UID 6 BODY[]<0> {1}", b"x"), b")"]]
)
def test_it_finds_no_mail_where_there_is_none(answer: list[bytes | tuple[bytes, bytes] | None]) -> None:
    assert read_part(answer, 5) is None


def test_it_reads_what_dates_there_are() -> None:
    answer = [b"1 (UID 5 " + DATE + b")", b'2 (UID 6 INTERNALDATE "soon")', b"3 (UID 7 FLAGS ())"]
    assert list(read_internal_dates(answer)) == [datetime(2026, 11, 1, 3, 34, 56, tzinfo=UTC)]
