"""What shows who somebody is, or that they may act for another: one list for pages, letters and checks."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from desk.law.text import Text


class Shows(StrEnum):
    """What a document is about."""

    PERSON = "person"
    """Somebody's own identity."""
    APPOINTED = "appointed"
    """That an agent was chosen by the person (Cabinet Order, Article 13(ii))."""
    STATUTORY = "statutory"
    """That an agent is so by law (Cabinet Order, Article 13(i))."""


class Lacking(StrEnum):
    """What is not shown yet."""

    IDENTITY = "identity"
    """Who the person is, or, where an agent asks, who the agent is."""
    AUTHORITY = "authority"
    """That the agent may act."""
    SEAL = "seal"
    """That the seal on the power of attorney is the person's."""


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of document that the desk accepts."""

    code: str
    name: Text
    listed: Text
    """The name with what must be known before it is sent."""
    shows: Shows
    enough: int
    """How many of such documents together show who somebody is; 0 for a document about authority."""
    checks: tuple[tuple[str, Text], ...]
    """What is looked at before it is accepted."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The documents that the desk accepts."""

    documents: tuple[Document, ...]
    covered: Text
    refused: Text
    chosen_agent: Text
    legal_agent: Text

    @property
    def single(self) -> tuple[Text, ...]:
        """Return the documents of which one is enough."""
        return tuple(one.listed for one in self.documents if one.enough == 1)

    @property
    def double(self) -> tuple[Text, ...]:
        """Return the documents of which two together are enough."""
        return tuple(one.listed for one in self.documents if one.enough == 2 and one.code != OTHER)

    def document(self, code: str) -> Document:
        """Return a kind of document. Raises `KeyError`."""
        found = next((one for one in self.documents if one.code == code), None)
        if found is None:
            raise KeyError(code)
        return found


OTHER = "other"
"""A document that no list names."""
ATTORNEY, SEAL = "attorney", "seal"


@cache
def get_proof() -> Proof:
    """Return the list, read once a process."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    checks = {code: Text(**text) for code, text in table["checks"].items()}
    return Proof(
        documents=tuple(_document(one, checks) for one in table["documents"]),
        **{name: Text(**text) for name, text in table["words"].items()},
    )


def lacking(accepted: Collection[tuple[str, bool]], relation: str | None) -> tuple[Lacking, ...]:
    """Return what the accepted documents do not show yet.

    `accepted` are codes of documents, each with whether it is about the agent; `relation` is how an agent stands to the
    person (`statutory`, `appointed`, `lawyer`, another word), None where the person asks for themselves. Where an agent
    asks, it is the agent who shows who they are; a lawyer is found in the register of lawyers and needs no seal certificate.
    """
    proof, is_agents = get_proof(), relation is not None
    codes = [code for code, _of_agent in accepted]
    kinds = [proof.document(code) for code, of_agent in accepted if of_agent is is_agents]
    own = [one.enough for one in kinds if one.shows is Shows.PERSON]
    missing = [] if 1 in own or own.count(2) >= 2 else [Lacking.IDENTITY]
    if relation == Shows.STATUTORY:
        shown = any(proof.document(code).shows is Shows.STATUTORY for code in codes)
        missing += [] if shown else [Lacking.AUTHORITY]
    elif is_agents:
        missing += [] if ATTORNEY in codes else [Lacking.AUTHORITY]
        missing += [] if SEAL in codes or relation == "lawyer" else [Lacking.SEAL]
    return tuple(missing)


def _document(row: dict[str, Any], checks: dict[str, Text]) -> Document:
    name, more = Text(row["ja"], row["en"]), row.get("more", {"ja": "", "en": ""})
    return Document(
        code=row["code"],
        name=name,
        listed=Text(name.ja + more["ja"], name.en + more["en"]),
        shows=Shows(row["shows"]),
        enough=row.get("enough", 0),
        checks=tuple((code, checks[code]) for code in row["checks"]),
    )
