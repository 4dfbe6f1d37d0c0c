"""Answers that the policy itself gives: the purposes in force when somebody's data was acquired, and what to search for."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from desk.policy.consents import follow_versions
from desk.policy.placing import Category, Group, Policy
from desk.policy.register import read_version, version_on, versions_between
from desk.tickets.models import Population, Ticket

ANSWERED_BY_PURPOSES = frozenset({"P32", "I32"})
"""Kinds whose answer is drafted from the policy's purposes."""
SEARCHED_BY_CATEGORIES = frozenset({"D33", "T33", "C34"})
"""Kinds for which the desk looks for every category of data."""
GROUPS = {
    Population.USER: (Group.USER,),
    Population.PARTNER: (Group.PARTNER,),
    Population.APPLICANT: (Group.APPLICANT,),
    Population.OTHER: tuple(Group),
}
HEADINGS = {
    "ja": {Group.USER: "利用者の方", Group.PARTNER: "お取引先の方", Group.APPLICANT: "採用に応募された方"},
    "en": {Group.USER: "Users", Group.PARTNER: "Business partners", Group.APPLICANT: "Applicants"},
}


@dataclass(frozen=True, slots=True)
class PurposeDraft:
    """The draft of an answer, for a person to look through."""

    text: str
    number: int
    """The version that it quotes."""
    effective_on: date
    withheld: int | None
    """The version whose new purposes are left out for want of a consent, if there is one."""


def draft_purposes(
    ticket: Ticket, acquired_on: date, today: date, consented: Collection[int] = ()
) -> PurposeDraft | None:
    """Return an answer that quotes the purposes in force on a JST date; None when no version was, or it names none.

    Purposes that came since are added where they apply to earlier data as well: by a change that needed no consent, or
    by one of `consented`, the ids of the versions to which the person's consent stands.
    """
    version = version_on(acquired_on)
    if version is None or version.number is None or version.effective_on is None:
        return None
    population, language = Population(ticket.population), ticket.language
    lines = list(_purposes(read_version(version), population, language))
    if not lines:
        return None
    applies, withheld = follow_versions(version, versions_between(acquired_on, today), consented)
    on = version.effective_on
    if ticket.language == "en":
        opening = "We use your personal information for the following purposes."
        source = f"(From our privacy policy in force from {on.day} {on:%B %Y}, in its original language.)"
    else:
        opening = "対象の個人情報の利用目的は、次のとおりです。"
        source = f"（{on.year}年{on.month}月{on.day}日施行のプライバシーポリシーによります。）"
    added = [line for line in _purposes(read_version(applies), population, language) if line not in lines]
    if added and applies.effective_on is not None:
        since = applies.effective_on
        more = (
            f"Since {since.day} {since:%B %Y} also for these:"
            if language == "en"
            else f"{since.year}年{since.month}月{since.day}日からは、次の目的にも利用しています。"
        )
        lines += ["", more, "", *(line for line in added if line.startswith("・"))]
    return PurposeDraft(
        "\n".join((opening, "", *lines, "", source)), version.number, on, withheld.number if withheld else None
    )


def _purposes(policy: Policy, population: Population, language: str) -> Iterator[str]:
    groups = [group for group in GROUPS[population] if policy.purposes[group]]
    for group in groups:
        if len(groups) > 1:
            yield HEADINGS["en" if language == "en" else "ja"][group]
        yield from (f"・{text}" for text in policy.purposes[group])


def categories_for(ticket: Ticket, on: date) -> tuple[Category, ...]:
    """Return the sorts of data to look for in a ticket's matter, of the version in force on a JST date; else none."""
    if ticket.kind not in SEARCHED_BY_CATEGORIES:
        return ()
    version = version_on(on)
    return read_version(version).categories if version is not None else ()
