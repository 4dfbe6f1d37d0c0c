"""Outlook's winmail.dat, built attribute by attribute (MS-OXTNEF section 2.1.3)."""

import struct

import pytest

from desk.mail.reading.read import read
from tests.mail.reading.building import attachment, multipart, text

RENDERING, TITLE, DATA, MESSAGE_BODY, CODEPAGE = 0x69002, 0x18010, 0x6800F, 0x2800C, 0x69007


def attribute(level: int, code: int, data: bytes) -> bytes:
    """Return one attribute with its checksum."""
    return struct.pack("<BII", level, code, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def winmail(*files: tuple[bytes, bytes], body: bytes = b"") -> bytes:
    """Return a container of files and a plain body."""
    whole = b"\x78\x9f\x3e\x22" + struct.pack("<H", 1) + attribute(1, CODEPAGE, struct.pack("<II", 932, 0))
    if body:
        whole += attribute(1, MESSAGE_BODY, body + b"\x00")
    for name, content in files:
        whole += attribute(2, RENDERING, bytes(14)) + attribute(2, TITLE, name + b"\x00")
        whole += attribute(2, DATA, content)
    return whole + bytes(16)


def as_part(content: bytes) -> bytes:
    """Return the container as a part of a mail."""
    return attachment(content, "attachment; filename=winmail.dat", "application/ms-tnef")


def test_it_lists_the_files_beside_the_container() -> None:
    parsed = read(
        multipart(text("hello"), as_part(winmail((b"a.pdf", b"1234"), ("請求書.pdf".encode("cp932"), b"12"))))
    )
    assert parsed.text == "hello"
    assert [(part.name, part.size) for part in parsed.attachments][1:] == [("a.pdf", 4), ("請求書.pdf", 2)]
    assert parsed.attachments[0].name == "winmail.dat"


def test_it_reads_the_body_when_nothing_else_speaks() -> None:
    assert read(multipart(text(""), as_part(winmail(body="本文".encode("cp932"))))).text == "本文"
    assert read(multipart(text("hello"), as_part(winmail(body=b"other")))).text == "hello"


@pytest.mark.parametrize("cut", [5, 20, 40, 60])
def test_it_lists_a_damaged_container_alone(cut: int) -> None:
    parsed = read(multipart(text("hello"), as_part(winmail((b"a.pdf", b"1234"))[:cut])))
    assert (parsed.text, parsed.attachments[0].name) == ("hello", "winmail.dat")


def test_it_does_not_open_a_container_of_countless_objects() -> None:
    parsed = read(multipart(text("hello"), as_part(winmail()[:-16] + attribute(1, 0x8008, b"") * 50_000)))
    assert parsed.problems == ("tnef",)
