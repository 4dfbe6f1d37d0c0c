"""Mails written byte by byte, as mailers and accidents write them."""

from base64 import b64encode


def mail(headers: str | bytes, body: str | bytes = b"") -> bytes:
    """Return a mail of these header lines and this body, its lines ended by CRLF."""
    head, tail = (part.encode() if isinstance(part, str) else part for part in (headers, body))
    return (head.strip(b"\n") + b"\n\n").replace(b"\n", b"\r\n") + tail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "frontier", headers: str = "") -> bytes:
    """Return a multipart mail of parts that each hold their own header."""
    mark = b"--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    type_ = f'Content-Type: multipart/{kind}; boundary="{boundary}"'
    return mail(f"{headers}\n{type_}" if headers else type_) + body


def text(words: str, charset: str = "utf-8", *, headers: str = "") -> bytes:
    """Return a plain text part."""
    more = f"\n{headers}" if headers else ""
    return mail(f"Content-Type: text/plain; charset={charset}{more}", words.encode(charset))


def html(words: str) -> bytes:
    """Return an HTML part."""
    return mail("Content-Type: text/html; charset=utf-8", words)


def attachment(content: bytes, disposition: str, type_: str = "application/pdf") -> bytes:
    """Return a file in base64 under a Content-Disposition as given."""
    head = f"Content-Type: {type_}\nContent-Disposition: {disposition}\nContent-Transfer-Encoding: base64"
    return mail(head, b64encode(content))


def cp50221(words: str) -> bytes:
    """Write Japanese as Windows writes ISO-2022-JP, NEC's and IBM's characters included."""
    return b"\x1b$B" + b"".join(_jis_pair(char) for char in words) + b"\x1b(B"


NEC_KANJI = {"髙": b"|b", "﨑": b"yu"}
"""Rows 124 and 121: NEC's places for IBM's kanji, which Python's cp932 writes to IBM's own."""


def _jis_pair(char: str) -> bytes:
    if char in NEC_KANJI:
        return NEC_KANJI[char]
    lead, trail = char.encode("cp932")
    row = (lead - (0x70 if lead < 0xE0 else 0xB0)) * 2
    if trail >= 0x9F:
        return bytes((row, trail - 0x7E))
    return bytes((row - 1, trail - 0x1F - (trail >= 0x80)))


def encoded_word(words: str, charset: str = "utf-8") -> str:
    """Return one encoded word in base64."""
    return f"=?{charset}?B?{b64encode(words.encode(charset)).decode()}?="
