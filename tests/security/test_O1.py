"""O1: no line end or NUL gets into a header, whatever stands in a name or a subject; one recipient on the wire."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk import clock
from desk.addresses import BadAddress, check_address
from desk.mail.addresses import BadHeader, new_message_id
from desk.mail.letters import Letter
from desk.mail.mime import build

LETTER = Letter("件名", "本文\n", "ja", "株式会社サンプル", "cs@quote4.jp")
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    "Content-Language", "Auto-Submitted", "X-Auto-Response-Suppress",
]  # fmt: skip


def wire(letter: Letter, name: str | None, to: str = "person@example.jp") -> bytes:
    """Build one mail."""
    return build(
        letter,
        message_id=new_message_id("desk.example"),
        to=to,
        to_name=name,
        sender="cs@quote4.jp",
        at=clock.now(),
        auto="auto-generated",
    )


def decoded(content: bytes, header: str) -> str:
    """Return a header as a mail reader shows it."""
    raw = message_from_bytes(content)[header]
    return str(make_header(decode_header(raw)))


@given(st.text())
@example("a\r\nBcc: evil@example.com")
@example("a\nBcc: evil@example.com")
@example("a\x00b")
@example("=?utf-8?q?a=0d=0aX:_1?=")
@example("Name\u2028X: 1")
@example("\ud800")
@example(" leading and trailing ")
@example("x" * 500)
@example("髙" * 200)
def test_a_name_and_a_subject_stay_what_they_are(text: str) -> None:
    try:
        content = wire(replace(LETTER, subject=text), text)
    except BadHeader:
        return
    head, _, _ = content.partition(b"\r\n\r\n")
    bare = content.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare
    assert b"\0" not in content
    assert content.isascii()
    assert [key for key, _ in message_from_bytes(content).items()] == HEADERS
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    if text.strip():
        assert decoded(content, "Subject") == text
    assert message_from_bytes(content, policy=policy.default)["To"].addresses[-1].addr_spec == "person@example.jp"


@given(st.text())
def test_a_text_arrives_as_written(text: str) -> None:
    try:
        content = wire(replace(LETTER, text=text), None)
    except BadHeader:
        return
    got = message_from_bytes(content).get_payload(decode=True)
    assert isinstance(got, bytes)
    assert got.decode().splitlines() == text.splitlines() or not text.splitlines()


@pytest.mark.parametrize(
    "bad",
    ["", "a", "a@", "@b", "a@b\r\nRCPT TO:<c@d>", "a b@c.jp", "a@b@c", "<a@b.jp>", "a@b.jp,c@d.jp", "太郎@example.jp", "a@-b.jp"],
)  # fmt: skip
def test_an_address_that_is_not_one_is_refused(bad: str) -> None:
    with pytest.raises(BadAddress):
        check_address(bad)


@pytest.mark.parametrize(
    ("good", "expected"),
    [("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"), ("a@日本.jp", "a@xn--wgv71a.jp"), ("a+b@example.jp", "a+b@example.jp")],
)  # fmt: skip
def test_an_odd_address_is_taken(good: str, expected: str) -> None:
    assert check_address(good) == expected
