"""Reading a regime from its TOML file and refusing data that does not hold together."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeVar

from desk.law.errors import LawError
from desk.law.regimes import REGIMES, Before, Counting, Duty, Ground, Identity, Kind, Outcome, Regime, Span, Unit
from desk.law.text import Text
from desk.law.waits import WaitReason

T = TypeVar("T")
Table = Mapping[str, Any]

CERTAINTY = re.compile(r"[ABCDI](/[ABCDI])?\Z")
RULES = (
    *("arrival", "not-in-force", "ack", "first-day-not-counted"),
    *("reply-bus", "reply-same-day", "reply-hour", "reply-capped", "target-bus", "target-cal", "target-moved"),
    *(
        "limit-own",
        "limit-bus",
        "limit-none",
        "due-as-limit",
        "due-rolled-back",
        "due-closed-throughout",
        "held",
    ),
    *("wait-identity", "wait-correction", "wait-fee", "resumed", "clarified", "extended", "recast"),
    *("stops-identity", "stops-correction", "stops-fee", "runs-again", "count-from", "ack-law"),
    *("limit-law", "limit-paused", "limit-extended", "limit-extended-late", "limit-rolled-forward"),
    *("notified", "closed", "reopened"),
)


class BadRegime(LawError):
    """A regime's data is incomplete or contradicts itself; the message names the entry."""


def find_source(code: str) -> str | None:
    """Return the TOML text of a regime, or None when there is none with this code."""
    return _read_file(code) if code in REGIMES else None


def shared_source() -> str:
    """Return the TOML text of what all regimes share."""
    return _read_file("shared")


def _read_file(name: str) -> str:
    return resources.files("desk.law").joinpath("regimes", f"{name}.toml").read_text(encoding="utf-8")


def read_regime(source: str, shared: str | None = None) -> Regime:
    """Read a regime from TOML text and what all regimes share; raises BadRegime naming the entry that is wrong.

    What `defaults` says holds for each kind that does not say otherwise.
    """
    shared = shared_source() if shared is None else shared
    table = _with_shared(_parse(source), _parse(shared))
    lists = {name: _duties(items, f"checklists.{name}") for name, items in table.get("checklists", {}).items()}
    regime = Regime(
        code=_take(table, "code", str, "regime"),
        version=f"{_take(table, 'version', str, 'regime')}/{_fingerprint(source, shared)}",
        name=_text(table, "name", "regime"),
        ack=_need(_span(table, "ack", "regime"), "regime.ack"),
        kinds=_each(table, "kinds", lambda code, entry: _kind(code, entry, lists)),
        outcomes=_each(table, "outcomes", _outcome),
        grounds=_each(table, "grounds", _ground),
        rules=_each(table, "rules", lambda code, _: _text(table["rules"], code, "rules")),
    )
    _check(regime)
    return regime


def _fingerprint(*sources: str) -> str:
    return sha256("\0".join(sources).encode()).hexdigest()[:8]


def _parse(source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadRegime(f"not TOML: {error}") from error


def _with_shared(own: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return a regime's table with the shared parts under its own entries, and each kind over the defaults."""
    defaults = own.get("defaults", {})
    kinds = {code: defaults | entry for code, entry in own.get("kinds", {}).items()} if defaults else own.get("kinds")
    return own | {name: part | own.get(name, {}) for name, part in shared.items()} | {"kinds": kinds}


def _check(regime: Regime) -> None:
    for kind in regime.kinds.values():
        where = f"kinds.{kind.code}"
        _refuse_unknown(kind.outcomes, regime.outcomes, f"{where}.outcomes")
        _refuse_unknown(kind.grounds, regime.grounds, f"{where}.grounds")
        if not kind.outcomes:
            raise BadRegime(f"{where}: has no outcome to end with")
        if kind.valid_from and kind.valid_to and kind.valid_to < kind.valid_from:
            raise BadRegime(f"{where}: valid_to is before valid_from")
        if kind.art39:
            _refuse_unknown(["limit-art39"], regime.rules, "rules")
        if (kind.stops or kind.extension or kind.rolls_forward) and not (kind.legal_ceiling and kind.ceiling):
            raise BadRegime(f"{where}: only a ceiling of the law can move")
        if kind.pauses and kind.ceiling and kind.ceiling.unit is Unit.BUSINESS_DAY:
            raise BadRegime(f"{where}: days that are not counted are calendar days")
        if not CERTAINTY.match(kind.certainty):
            raise BadRegime(f"{where}: certainty {kind.certainty!r} is none of A B C D I")
    _refuse_unknown(RULES, regime.rules, "rules")


def _refuse_unknown(codes: Iterable[str], known: Mapping[str, Any], where: str) -> None:
    missing = [code for code in codes if code not in known]
    if missing:
        raise BadRegime(f"{where}: not in the data: {', '.join(missing)}")


def _kind(code: str, entry: Table, lists: Mapping[str, tuple[Duty, ...]]) -> Kind:
    where = f"kinds.{code}"
    checklist = _take(entry, "checklist", str, where)
    if checklist not in lists:
        raise BadRegime(f"{where}: there is no checklist {checklist!r}")
    return Kind(
        code=code,
        name=_text(entry, "name", where),
        basis=_text(entry, "basis", where),
        valid_from=_maybe_date(entry, "valid_from", where),
        valid_to=_maybe_date(entry, "valid_to", where),
        certainty=_take(entry, "certainty", str, where),
        statutory=_take(entry, "statutory", bool, where),
        fee_allowed=_take(entry, "fee_allowed", bool, where),
        art39=_take(entry, "art39", bool, where),
        answer_by_mail=_take(entry, "answer_by_mail", bool, where),
        needs_identity=_choice(Identity, entry, "needs_identity", where),
        needs_postal=_take(entry, "needs_postal", bool, where),
        reply=_need(_span(entry, "reply", where), f"{where}.reply"),
        target=_span(entry, "target", where),
        ceiling=_span(entry, "ceiling", where),
        legal_ceiling=_flag(entry, "legal_ceiling", where),
        starts_after=_reasons(entry, "starts_after", where),
        pauses=_reasons(entry, "pauses", where),
        extension=_span(entry, "extension", where),
        rolls_forward=_flag(entry, "rolls_forward", where),
        legal_ack=_span(entry, "legal_ack", where),
        grounds=tuple(_take(entry, "grounds", list, where)),
        outcomes=tuple(_take(entry, "outcomes", list, where)),
        checklist=lists[checklist],
    )


def _outcome(code: str, entry: Table) -> Outcome:
    where = f"outcomes.{code}"
    return Outcome(
        code=code,
        name=Text(_take(entry, "ja", str, where), _take(entry, "en", str, where)),
        letter=_take(entry, "letter", str, where) if "letter" in entry else None,
        refusal=_take(entry, "refusal", bool, where),
        counting=_choice(Counting, entry, "counting", where),
    )


def _ground(code: str, entry: Table) -> Ground:
    where = f"grounds.{code}"
    return Ground(
        code=code,
        article=_text(entry, "article", where),
        wording=_take(entry, "wording", str, where),
        gloss=_text(entry, "gloss", where),
    )


def _each(table: Table, key: str, read: Callable[[str, Any], T]) -> Mapping[str, T]:
    entries = _take(table, key, dict, "regime")
    return MappingProxyType({code: read(code, entry) for code, entry in entries.items()})


def _take(entry: Table, key: str, of: type[T], where: str) -> T:
    value = entry.get(key)
    if not isinstance(value, of):
        raise BadRegime(f"{where}.{key}: must be {of.__name__}, is {value!r}")
    return value


def _need(value: T | None, where: str) -> T:
    if value is None:
        raise BadRegime(f"{where}: is missing")
    return value


def _choice(of: type[T], entry: Table, key: str, where: str) -> T:
    try:
        return of(_take(entry, key, str, where))  # type: ignore[call-arg]  # every caller passes a StrEnum
    except ValueError as error:
        raise BadRegime(f"{where}.{key}: {error}") from error


def _flag(entry: Table, key: str, where: str) -> bool:
    return _take(entry, key, bool, where) if key in entry else False


def _reasons(entry: Table, key: str, where: str) -> tuple[WaitReason, ...]:
    items = _take(entry, key, list, where) if key in entry else []
    return tuple(_choice(WaitReason, {"": item}, "", f"{where}.{key}") for item in items)


def _maybe_date(entry: Table, key: str, where: str) -> date | None:
    return _take(entry, key, date, where) if key in entry else None


def _span(entry: Table, key: str, where: str) -> Span | None:
    if key not in entry:
        return None
    span = _take(entry, key, dict, where)
    n = _take(span, "n", int, f"{where}.{key}")
    if n < 0:
        raise BadRegime(f"{where}.{key}: a span cannot be negative")
    return Span(n, _choice(Unit, span, "unit", f"{where}.{key}"))


def _text(entry: Table, key: str, where: str) -> Text:
    words = _take(entry, key, dict, where)
    text = Text(_take(words, "ja", str, f"{where}.{key}"), _take(words, "en", str, f"{where}.{key}"))
    if not text.ja or not text.en:
        raise BadRegime(f"{where}.{key}: both languages need words")
    return text


def _duties(items: Any, where: str) -> tuple[Duty, ...]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadRegime(f"{where}: must be a list of tables")
    found = tuple(_duty(item, f"{where}[{place}]") for place, item in enumerate(items))
    if len({duty.code for duty in found}) < len(found):
        raise BadRegime(f"{where}: a code stands twice")
    return found


def _duty(item: Table, where: str) -> Duty:
    return Duty(
        code=_take(item, "code", str, where),
        text=Text(_take(item, "ja", str, where), _take(item, "en", str, where)),
        before=_choice(Before, item, "before", where),
        agent_only=_flag(item, "agent", where),
    )
