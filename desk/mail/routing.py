"""Which ticket a mail belongs to, if any: ordered rules over plain facts. Pure.

The first rule that fits decides. Nothing of a case is ever shown to a mail, and a mail that is doubtful is set aside for
a person, whose clock runs all the same.
"""

from dataclasses import dataclass
from enum import StrEnum

from desk.mail.models import Outcome

SPAM_FROM = 5
"""A mail with this many points, and no word that the desk's law knows, waits for a person among the unwanted."""


class Verdict(StrEnum):
    """What the receiving server says of the sender's domain."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NONE = "none"
    """It said something, but neither yes nor no."""


class Reason(StrEnum):
    """Why a mail was set aside."""

    OTHER_SENDER = "other-sender"
    """It answers a mail of the desk, but comes from somebody who is no party of that ticket."""
    NOT_GENUINE = "not-genuine"
    """It answers a mail of the desk, but the receiving server says that the sender is forged."""
    SPAM = "spam"
    AUTOMATIC = "automatic"
    """A machine wrote it, and it answers nothing that the desk knows."""


@dataclass(frozen=True, slots=True)
class Match:
    """A mail of the desk that another one answers or reports on."""

    ticket_id: int | None
    outbox_id: int | None
    """None when a person said which ticket it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the rules look at."""

    is_own: bool = False
    """Its Message-ID is one that the desk gave out: its own mail has come back."""
    failed: Match | None = None
    """It reports that this mail of the desk did not arrive."""
    is_report: bool = False
    """A server reports on a delivery."""
    is_automatic: bool = False
    match: Match | None = None
    """The mail of the desk that it answers, by a secret only its recipient had."""
    sender_is_party: bool = False
    verdict: Verdict | None = None
    spam: int = 0
    speaks_of_rights: bool = False
    """The text holds words of a request or a complaint."""
    related: int | None = None
    """A ticket that it names in its subject or whose person has the same address: a hint for staff, no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a mail goes."""

    outcome: Outcome
    match: Match | None = None
    guess: int | None = None
    """The ticket that staff are shown as the best guess."""
    reason: Reason | None = None
    may_answer: bool = False
    """Whether the sender may get an acknowledgement."""

    @property
    def is_held(self) -> bool:
        """Tell whether a person has to judge it."""
        return self.reason is not None


def route(facts: Facts) -> Route:
    """Return where a mail goes."""
    if facts.failed is not None:
        return Route(outcome=Outcome.BOUNCE, match=facts.failed)
    if facts.is_own or facts.is_automatic or facts.is_report:
        return _of_machine(facts)
    if facts.match is not None and facts.match.ticket_id is not None:
        return _answer(facts, facts.match)
    if facts.spam >= SPAM_FROM and not facts.speaks_of_rights:
        return Route(outcome=Outcome.QUARANTINED, reason=Reason.SPAM, guess=facts.related)
    return Route(outcome=Outcome.NEW, guess=facts.related, may_answer=facts.verdict is not Verdict.FAIL)


def _of_machine(facts: Facts) -> Route:
    """A machine's mail never moves a case: known, it is noted there; unknown, a person looks whether anybody asks."""
    outcome = Outcome.BOUNCE if facts.is_report else Outcome.AUTO_REPLY
    if facts.match is not None:
        return Route(outcome=outcome, match=facts.match)
    return Route(outcome=outcome, reason=Reason.AUTOMATIC, guess=facts.related)


def _answer(facts: Facts, match: Match) -> Route:
    if not facts.sender_is_party:
        return Route(outcome=Outcome.QUARANTINED, reason=Reason.OTHER_SENDER, guess=match.ticket_id)
    if facts.verdict is Verdict.FAIL:
        return Route(outcome=Outcome.QUARANTINED, reason=Reason.NOT_GENUINE, guess=match.ticket_id)
    return Route(outcome=Outcome.REPLY, match=match)
