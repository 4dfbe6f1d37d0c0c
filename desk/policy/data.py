"""A policy as plain data for a row, and back: what was read, and what a person has placed since."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

from desk.policy.articles import Article, Document
from desk.policy.lines import Kind, Line
from desk.policy.placing import Category, Group, Policy, Relation, Service, Unplaced
from desk.policy.source import folded


def to_data(policy: Policy) -> dict[str, Any]:
    """Return a policy as JSON takes it."""
    document = policy.document
    return {
        "title": document.title,
        "preamble": [_line(line) for line in document.preamble],
        "articles": [
            {"number": one.number, "heading": one.heading, "lines": [_line(line) for line in one.lines]}
            for one in document.articles
        ],
        "supplement": [_line(line) for line in document.supplement],
        "is_numbered_when_shown": document.is_numbered_when_shown,
        "purposes": {str(group): list(texts) for group, texts in policy.purposes.items()},
        "categories": [{"text": one.text, "source": one.source} for one in policy.categories],
        "services": [{"name": one.name, "relation": str(one.relation)} for one in policy.services],
        "contact": policy.contact,
        "enacted_on": policy.enacted_on.isoformat() if policy.enacted_on else None,
        "revised_on": policy.revised_on.isoformat() if policy.revised_on else None,
        "unplaced": [{"what": one.what, "where": one.where, "text": one.text} for one in policy.unplaced],
    }


def from_data(data: dict[str, Any]) -> Policy:
    """Return the policy of a row."""
    return Policy(
        document=Document(
            title=data["title"],
            preamble=_lines(data["preamble"]),
            articles=tuple(Article(one["number"], one["heading"], _lines(one["lines"])) for one in data["articles"]),
            supplement=_lines(data["supplement"]),
            is_numbered_when_shown=data["is_numbered_when_shown"],
        ),
        purposes={group: tuple(data["purposes"].get(group, ())) for group in Group},
        categories=tuple(Category(one["text"], one["source"]) for one in data["categories"]),
        services=tuple(Service(one["name"], Relation(one["relation"])) for one in data["services"]),
        contact=data["contact"],
        enacted_on=_date(data["enacted_on"]),
        revised_on=_date(data["revised_on"]),
        unplaced=tuple(Unplaced(one["what"], one["where"], one["text"]) for one in data["unplaced"]),
    )


def place(
    policy: Policy,
    *,
    purposes: dict[Group, tuple[str, ...]],
    categories: tuple[Category, ...],
    services: tuple[Service, ...],
    contact: str | None,
) -> Policy:
    """Return a policy in which a person has placed what the importer could not, or had placed wrongly."""
    said = {folded(text) for texts in purposes.values() for text in texts} | {folded(one.text) for one in categories}
    settled = {"contact"} if contact else set()
    left = tuple(one for one in policy.unplaced if one.what not in settled and folded(one.text) not in said)
    return replace(policy, purposes=purposes, categories=categories, services=services, contact=contact, unplaced=left)


def text_hash(policy: Policy) -> bytes:
    """Return the SHA-256 of a policy's words: the same however they were saved, spaced and marked up."""
    document = policy.document
    words = [document.title, *(line.text for line in document.preamble)]
    for article in document.articles:
        words += [article.number, article.heading, *(line.text for line in article.lines)]
    words += [line.text for line in document.supplement]
    return hashlib.sha256("\n".join(folded(text) for text in words).encode()).digest()


def _line(line: Line) -> list[Any]:
    return [str(line.kind), line.depth, line.text, line.mark, line.is_bold]


def _lines(rows: list[list[Any]]) -> tuple[Line, ...]:
    return tuple(Line(Kind(kind), depth, text, mark, is_bold) for kind, depth, text, mark, is_bold in rows)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
