"""What a regime is: its kinds of request, outcomes and grounds of refusal, as immutable values read from data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from desk.law.errors import LawError
from desk.law.text import Text
from desk.law.waits import WaitReason

REGIME = "jp-appi"
"""The law that applies unless staff choose another for a ticket."""

REGIMES = (REGIME, "eu-gdpr", "uk-gdpr", "uk-complaints", "us-ccpa", "kr-pipa")
"""Every body of rules there is; the kinds of each have the codes of the default one."""


HANDING_OVER = frozenset({"L5"})
"""Letters that go with a person's data."""
DECIDING = frozenset({"L5", "L6", "L7", "L8", "L9", "L10", "L11"})
"""Letters that tell a decision."""


class UnknownRegime(LawError):
    """No regime has this code."""


class UnknownKind(LawError):
    """The regime has no such kind of request."""


class UnknownOutcome(LawError):
    """The regime has no such outcome."""


class Unit(StrEnum):
    """What a span is counted in."""

    BUSINESS_DAY = "bus"
    CALENDAR_DAY = "cal"
    MONTH = "month"
    HOUR = "hour"
    MINUTE = "minute"


class Identity(StrEnum):
    """How surely the desk must know who asks before it acts (Act, Article 37; Cabinet Order, Article 12)."""

    NONE = "none"
    LIGHT = "light"
    FULL = "full"


class Counting(StrEnum):
    """How figures treat a ticket with this outcome."""

    COUNTED = "counted"
    APART = "apart"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; 0 business days means the day of arrival itself."""

    n: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Ground:
    """A statutory reason to refuse: `wording` quotes the Act in Japanese ("" when the Act is only paraphrased)."""

    code: str
    article: Text
    wording: str
    gloss: Text


class Before(StrEnum):
    """By when a duty of a checklist must be done."""

    DECISION = "decision"
    APPROVAL = "approval"
    """It is the approval itself."""
    END = "end"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that staff see to on a case of a kind; `agent_only` where somebody acts for the person."""

    code: str
    text: Text
    before: Before
    agent_only: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a ticket may end: `letter` is the letter that says so (such as "L6"), None when nothing is sent.

    `refusal` is true whenever the person does not get all that was asked, so that a second person approves it.
    """

    code: str
    name: Text
    letter: str | None
    refusal: bool
    counting: Counting

    @property
    def is_decision(self) -> bool:
        """Tell whether it is decided, and does not just happen, as a withdrawal does."""
        return self.refusal or self.letter in DECIDING

    @property
    def needs_approval(self) -> bool:
        """Tell whether a second person must approve it: a refusal, and whatever hands data over."""
        return self.refusal or self.letter in HANDING_OVER


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request with its rules; `valid_from` None means not in force, `valid_to` is the last day in force.

    `reply` is the first human answer, `target` the desk's own aim, `ceiling` the last day; None where the kind has no
    such date. `certainty` tells how well the source was checked: A read in the law, B an official page, C a secondary
    page, D unverified, I the desk's own design; "A/D" means the core is A and a detail D.

    Where the ceiling is the law's own (`legal_ceiling`), the law may count it from the end of a wait (`starts_after`),
    not count waits (`pauses`), lengthen it by an `extension` told in time, and move it on from a closed day
    (`rolls_forward`); it may also ask for an acknowledgement (`legal_ack`).
    """

    code: str
    name: Text
    basis: Text
    valid_from: date | None
    valid_to: date | None
    certainty: str
    statutory: bool
    fee_allowed: bool
    art39: bool
    answer_by_mail: bool
    needs_identity: Identity
    needs_postal: bool
    reply: Span
    target: Span | None
    ceiling: Span | None
    legal_ceiling: bool
    starts_after: tuple[WaitReason, ...]
    pauses: tuple[WaitReason, ...]
    extension: Span | None
    rolls_forward: bool
    legal_ack: Span | None
    grounds: tuple[str, ...]
    outcomes: tuple[str, ...]
    checklist: tuple[Duty, ...]

    @property
    def needs_activation(self) -> bool:
        """Tell whether an administrator must check the source before this kind is offered (core certainty C or D)."""
        return self.certainty[0] in "CD"

    @property
    def is_decided(self) -> bool:
        """Tell whether a case of this kind ends with a decision: where the law says on which grounds it may be refused."""
        return bool(self.grounds)

    @property
    def stops(self) -> frozenset[WaitReason]:
        """Return what a wait is for during which the law's time does not run."""
        return frozenset({*self.starts_after, *self.pauses})

    def is_valid_on(self, on: date) -> bool:
        """Tell whether the rule is in force on a JST date."""
        return self.valid_from is not None and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Regime:
    """A body of rules: kinds, outcomes and grounds by code, and `rules`, the sentences that explain a date.

    `version` ends with a fingerprint of the data: a change of a word makes another version.
    """

    code: str
    version: str
    name: Text
    ack: Span
    kinds: Mapping[str, Kind]
    outcomes: Mapping[str, Outcome]
    grounds: Mapping[str, Ground]
    rules: Mapping[str, Text]

    def kind(self, code: str) -> Kind:
        """Return the kind with this code, in force or not; raises UnknownKind."""
        try:
            return self.kinds[code]
        except KeyError:
            raise UnknownKind(f"unknown kind {code!r} in {self.code}; known: {', '.join(self.kinds)}") from None

    def outcome(self, code: str) -> Outcome:
        """Return the outcome with this code; raises UnknownOutcome."""
        try:
            return self.outcomes[code]
        except KeyError:
            raise UnknownOutcome(f"unknown outcome {code!r} in {self.code}") from None

    def active_kinds(self, on: date, activated: Collection[str] = ()) -> tuple[Kind, ...]:
        """List the kinds offered on a JST date, in the order of the data.

        A kind of core certainty C or D is offered only when its code is among `activated`, the codes that an
        administrator has checked and switched on; a kind that is not in force is never offered.
        """
        return tuple(
            kind
            for kind in self.kinds.values()
            if kind.is_valid_on(on) and (not kind.needs_activation or kind.code in activated)
        )

    def outcomes_of(self, kind: str) -> tuple[Outcome, ...]:
        """List the outcomes that a kind may end with, in the order of the data; raises UnknownKind."""
        return tuple(self.outcomes[code] for code in self.kind(kind).outcomes)

    def grounds_of(self, kind: str) -> tuple[Ground, ...]:
        """List the grounds on which a kind may be refused, in the order of the data; raises UnknownKind."""
        return tuple(self.grounds[code] for code in self.kind(kind).grounds)


@cache
def get_regime(code: str) -> Regime:
    """Return the regime with this code, read once a process; raises UnknownRegime or, for broken data, BadRegime."""
    from desk.law.loading import find_source, read_regime

    source = find_source(code)
    if source is None:
        raise UnknownRegime(f"unknown regime {code!r}")
    return read_regime(source)
