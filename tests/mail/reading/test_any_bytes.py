"""Every sequence of bytes is a mail: nothing raises, and bombs end in time."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.reading.parsed import ParsedMail
from desk.mail.reading.read import read
from desk.mail.reading.salvage import read_headers_only
from tests.mail.reading.building import cp50221, mail, multipart, text
from tests.waiting import GENEROUS_S

PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b" ", b"\t", b"\x00", b"\xff", b"From: ", b"Subject: ", b"Content-Type: ", b"multipart/mixed",
        b"; boundary=b\n", b"--b\n", b"--b--\n", b"message/rfc822\n\n", b"text/html", b"; charset=", b"iso-2022-jp", b"utf-16",
        b"utf-7", b"shift_jis", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%E3; filename*1=", b"=?utf-8?b?", b"=?iso-2022-jp?Q?", b"?=",
        b"\x1b$B", b"\x1b(B", b"\x1b(I", b"\x82\xa0", b"\xe3\x81\x82", b"begin 644 a\n", b"\nend\n", b"<table><tr>", b"<", b"&#xD800;",
        b"application/ms-tnef\n\n\x78\x9f\x3e\x22", b"message/delivery-status\n\n", b"Final-Recipient: rfc822;", b'"', b"(", b"@", b"a@b",
        b"=E3=81", b"44GC", b"format=flowed", b"text/calendar\n\nBEGIN:VEVENT\nSUMMARY:", b"Date: ", b"References: <",
    ]
)  # fmt: skip
MAILS = st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=40).map(b"".join))


@given(MAILS)
def test_it_reads_any_bytes(raw: bytes) -> None:
    parsed = read(raw)
    written = json.dumps(parsed.as_json(), ensure_ascii=False)
    written.encode()  # no half characters
    assert ParsedMail.from_json(json.loads(written)) == parsed
    assert "\x00" not in parsed.text + parsed.subject + (parsed.html or "")
    assert not set("\r\n") & set(parsed.subject)
    assert all(part.name and not set("\r\n/\\") & set(part.name) for part in parsed.attachments)


@given(MAILS)
def test_it_salvages_from_any_bytes(raw: bytes) -> None:
    assert read_headers_only(raw).problems == ("unparsable",)


def nested(depth: int) -> bytes:
    """Return multiparts within multiparts, a text in the innermost."""
    heads = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return heads + b"\nthe end\n"


BOMBS = {
    "10,000 levels": nested(10_000),
    "10,000 mails within mails": b"Content-Type: message/rfc822\n\n" * 10_000 + b"the end",
    "500 attachments": multipart(
        text("hello"), *[mail(f"Content-Type: image/png; name={n}.png", b"x") for n in range(500)]
    ),
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "one line of 10 MB": mail("Subject: x", b"x" * 10_000_000),
    "10 MB of one header": b"Subject: " + b"x" * 10_000_000 + b"\n\nbody",
    "100,000 headers": b"X-A: b\n" * 100_000 + b"\nbody",
    "100,000 character sets": mail("Subject: " + " ".join(f"=?x{n}?Q?a?=" for n in range(20_000))),
    "encoded words without end": mail("Subject: " + "=?utf-8?b?" * 50_000),
    "10 MB of half a character": mail("Content-Type: text/plain; charset=euc-jp", b"\x8f" * 5_000_000),
    "windows characters": mail("Content-Type: text/plain; charset=iso-2022-jp", cp50221("①㈱") * 200_000),
    "escapes": mail("Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$B\xff" * 500_000),
    "20,000 nested elements": mail("Content-Type: text/html", b"<div>" * 20_000 + b"x"),
    "parameters": mail("Content-Type: text/plain" + "; a*0=b" * 20_000, b"x"),
    "boundaries": mail("Content-Type: multipart/mixed; boundary=-", b"-" * 5_000_000),
    "white space": mail("Content-Transfer-Encoding: quoted-printable", b" " * 5_000_000 + b"x"),
    "uuencoded beginnings": mail("Subject: x", b"begin 644 a\n" * 200_000),
    "brackets": mail("From: " + "<(" * 100_000 + "\nTo: " + '"' * 100_000 + "\nReferences: " + "<" * 100_000),
    "base64 of nothing": mail("Content-Transfer-Encoding: base64", b"=" * 5_000_000),
    "comments": mail("Content-Type: text/html", b"<!--" * 400_000),
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS.keys())
def test_it_reads_a_bomb_in_time(raw: bytes) -> None:
    began = time.monotonic()
    parsed = read(raw)
    assert time.monotonic() - began < GENEROUS_S
    assert ParsedMail.from_json(json.loads(json.dumps(parsed.as_json()))) == parsed


def test_it_keeps_every_name_of_500() -> None:
    assert [part.name for part in read(BOMBS["500 attachments"]).attachments] == [f"{n}.png" for n in range(500)]


def test_it_says_where_it_stopped() -> None:
    assert "too-deep" in read(BOMBS["10,000 levels"]).problems
    assert "too-deep" in read(BOMBS["10,000 mails within mails"]).problems
    assert "too-many-parts" in read(BOMBS["100,000 parts"]).problems
    assert "text-cut" in read(BOMBS["one line of 10 MB"]).problems
    assert "header-size" in read(BOMBS["10 MB of one header"]).problems
