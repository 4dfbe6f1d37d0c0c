"""What a person may ask by form or API: the fields, their bounds, and what is wrong with them. Pure."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

import phonenumbers

from desk.addresses import MOST_CHARS, is_mailable
from desk.tickets.content import OWN_CHANNEL, Contact, Said
from desk.tickets.models import Population

PUBLIC_KINDS = ("D33", "C34", "S355", "P32", "T33", "K40", "N-GEN")
"""The seven choices in plain words, as the kinds they are taken for until staff look."""

MORE_KINDS = ("I32", "X353", "N-CONS", "N-UNSUB", "N-ACCT", "N-COOKIE", "N-APPL", "N-BREACH")
"""Further kinds, under "more"."""

DISCLOSING = frozenset({"D33", "T33"})
"""Kinds whose answer is handed over in a way that the person chooses (Act, Article 33(1))."""

METHODS = ("electronic", "paper", "other")
RELATIONS = ("statutory", "appointed", "lawyer", "other")

LIMITS = {
    "name": 100,
    "reading": 100,
    "company": 100,
    "department": 100,
    "email": MOST_CHARS,
    "phone": 30,
    "postal_code": 10,
    "address": 300,
    "about": 500,
    "body": 10_000,
    "agent_name": 100,
    "agent_email": MOST_CHARS,
    "agent_phone": 30,
    "agent_postal_code": 10,
    "agent_address": 300,
}
"""Characters."""


class Problem(StrEnum):
    """What can be wrong with a field."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_A_CHOICE = "not_a_choice"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_PHONE = "not_a_phone"
    NO_WAY_TO_REPLY = "no_way_to_reply"
    ADDRESS_FOR_PAPER = "address_for_paper"


class UnreadableText(Exception):
    """The text holds a NUL or half a character: no person typed that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A form's answers as text, already trimmed; absent ones are empty."""

    kind: str = ""
    population: str = ""
    about: str = ""
    body: str = ""
    method: str = ""
    name: str = ""
    reading: str = ""
    company: str = ""
    department: str = ""
    email: str = ""
    phone: str = ""
    postal_code: str = ""
    address: str = ""
    acts: str = ""
    """`agent` when somebody acts for the person."""
    agent_name: str = ""
    agent_relation: str = ""
    agent_email: str = ""
    agent_phone: str = ""
    agent_postal_code: str = ""
    agent_address: str = ""

    @property
    def by_agent(self) -> bool:
        """Tell whether an agent acts."""
        return self.acts == "agent"

    @property
    def has_own_channel(self) -> bool:
        """Tell whether an agent acts in whose place nobody writes to the person."""
        return self.by_agent and self.agent_relation in OWN_CHANNEL

    def person(self) -> Contact:
        """Return the person's contact."""
        return Contact(
            name=self.name,
            reading=self.reading,
            company=self.company,
            department=self.department,
            email=self.email,
            phone=self.phone,
            postal_code=self.postal_code,
            address=self.address,
        )

    def agent(self) -> Contact | None:
        """Return the agent's contact, or None when nobody acts for the person."""
        if not self.by_agent:
            return None
        return Contact(
            name=self.agent_name,
            email=self.agent_email,
            phone=self.agent_phone,
            postal_code=self.agent_postal_code,
            address=self.agent_address,
            relation=self.agent_relation,
        )

    def said(self) -> Said:
        """Return the message: the body, and the further answers beside it."""
        details = {"about": self.about, "method": self.method if self.kind in DISCLOSING else ""}
        return Said(self.body, {name: value for name, value in details.items() if value})


NAMES = tuple(field.name for field in fields(Asked))
WIDE = {"email", "agent_email", "phone", "agent_phone", "postal_code", "agent_postal_code"}


def read_asked(values: Mapping[str, str]) -> Asked:
    """Take the known fields out of a form or a JSON body, trimmed; what else is there is ignored.

    Raises `UnreadableText` for a NUL or a lone surrogate.
    """
    taken: dict[str, str] = {}
    for name in NAMES:
        text = values.get(name) or ""
        if "\0" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
            raise UnreadableText(name)
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        taken[name] = unicodedata.normalize("NFKC", text).replace(" ", "") if name in WIDE else text
    return Asked(**taken)


def check(asked: Asked, kinds: Collection[str], *, by_phone: bool = False) -> dict[str, Problem]:
    """Return what is wrong, by field name; empty when the desk can take it. `kinds` are those offered today.

    Only what the desk needs is required: what is asked, who asks, and one way to reply to whom the desk writes to. Whom
    staff have spoken to may be called back (`by_phone`).
    """
    wrong: dict[str, Problem] = {}
    if asked.kind not in kinds:
        wrong["kind"] = Problem.NOT_A_CHOICE
    if asked.population not in set(Population):
        wrong["population"] = Problem.NOT_A_CHOICE
    if asked.kind in DISCLOSING and asked.method not in METHODS:
        wrong["method"] = Problem.NOT_A_CHOICE
    wrong |= {name: Problem.MISSING for name in ("body", "name") if not getattr(asked, name)}
    may_be_called = by_phone and bool(asked.agent_phone if asked.by_agent else asked.phone)
    wrong |= _wrong_contact(asked, may_be_called=may_be_called)
    if asked.by_agent:
        wrong |= _wrong_agent(asked, may_be_called=may_be_called)
    wrong |= {name: Problem.TOO_LONG for name, most in LIMITS.items() if len(getattr(asked, name)) > most}
    return wrong


def _wrong_contact(asked: Asked, *, may_be_called: bool) -> dict[str, Problem]:
    wrong = {}
    if asked.email and not is_mailable(asked.email):
        wrong["email"] = Problem.NOT_AN_EMAIL
    if asked.phone and not is_phone(asked.phone):
        wrong["phone"] = Problem.NOT_A_PHONE
    person, agent = asked.person(), asked.agent() or Contact()
    reachable = person.is_reachable or agent.is_reachable or may_be_called
    if not asked.has_own_channel and not reachable:
        wrong["email"] = Problem.NO_WAY_TO_REPLY
    elif asked.kind in DISCLOSING and asked.method == "paper" and not person.address and not agent.address:
        wrong["address"] = Problem.ADDRESS_FOR_PAPER
    return wrong


def _wrong_agent(asked: Asked, *, may_be_called: bool) -> dict[str, Problem]:
    wrong = {}
    if not asked.agent_name:
        wrong["agent_name"] = Problem.MISSING
    if asked.agent_relation not in RELATIONS:
        wrong["agent_relation"] = Problem.NOT_A_CHOICE
    if asked.agent_email and not is_mailable(asked.agent_email):
        wrong["agent_email"] = Problem.NOT_AN_EMAIL
    elif asked.has_own_channel and not (asked.agent_email or asked.agent_address or may_be_called):
        wrong["agent_email"] = Problem.NO_WAY_TO_REPLY
    if asked.agent_phone and not is_phone(asked.agent_phone):
        wrong["agent_phone"] = Problem.NOT_A_PHONE
    return wrong


def is_phone(text: str) -> bool:
    """Tell whether a text is a telephone number in Japan, or abroad with its country code."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, "JP"))
    except phonenumbers.NumberParseException:
        return False
