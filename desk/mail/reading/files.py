"""The files of a mail: which name each has, and where its bytes are."""

from dataclasses import dataclass

from desk.mail.reading.charsets import decode
from desk.mail.reading.names import clean_name, invented_name, subject_name
from desk.mail.reading.parsed import Part
from desk.mail.reading.tree import MESSAGES, Node

TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(slots=True)
class File:
    """One attachment and where its content is."""

    name: str
    """Empty when the mail gave none."""
    type: str
    is_inline: bool
    content_id: str | None
    node: Node | None = None
    content: bytes = b""

    def read(self) -> bytes:
        """Return the decoded bytes."""
        return self.node.content() if self.node else self.content


def declared_name(node: Node) -> str:
    """Return the clean file name that a part declares anywhere, or an empty text."""
    params, file_params = node.params, node.file_params
    for name in (file_params.get("filename"), params.get("name"), file_params.get("name"), params.get("filename")):
        if name and (cleaned := clean_name(name)):
            return cleaned
    return ""


def file_of(node: Node) -> File:
    """Return a part as a file; a mail within the mail is named after its subject."""
    name = declared_name(node)
    if not name and node.type in MESSAGES and node.children:
        name = subject_name(node.children[0].headers.decoded("subject"))
    content_id = node.headers.get("content-id").strip("<> ") or None
    is_inline = node.disposition == "inline" or (not node.disposition and content_id is not None)
    return File(name, node.type, is_inline, content_id, node)


def uu_file(name: bytes, content: bytes) -> File:
    """Return a file that stood uuencoded in a text."""
    return File(clean_name(decode(name, None).text), "application/octet-stream", False, None, content=content)


def is_tnef_part(node: Node) -> bool:
    """Tell whether a part is Outlook's container."""
    return node.type in TNEF_TYPES or declared_name(node).lower() == "winmail.dat"


def listed(files: list[File], html: str) -> list[File]:
    """Drop the nameless pictures that the HTML shows in its place; everything else is an attachment."""
    return [file for file in files if file.name or not (file.content_id and f"cid:{file.content_id}" in html)]


def parts_of(files: list[File]) -> tuple[Part, ...]:
    """Return the files as values, a name invented where there is none."""
    return tuple(_part(number, file) for number, file in enumerate(files))


def _part(number: int, file: File) -> Part:
    return Part(
        name=file.name or invented_name(number + 1, file.type),
        type=file.type,
        size=len(file.read()),
        is_inline=file.is_inline,
        content_id=file.content_id,
        number=number,
    )
