"""Reading a regime from its TOML file and refusing data that does not hold together."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeVar

from desk.law.errors import LawError
from desk.law.regimes import Counting, Ground, Identity, Kind, Outcome, Regime, Span, Unit
from desk.law.text import Text

T = TypeVar("T")
Table = Mapping[str, Any]

CODE = re.compile(r"[a-z]{2}-[a-z]+\Z")
CERTAINTY = re.compile(r"[ABCDI](/[ABCDI])?\Z")
RULES = (
    *("arrival", "not-in-force", "ack", "first-day-not-counted"),
    *("reply-bus", "reply-same-day", "reply-hour", "reply-capped", "target-bus", "target-cal", "target-moved"),
    *(
        "limit-art39",
        "limit-own",
        "limit-bus",
        "limit-none",
        "due-as-limit",
        "due-rolled-back",
        "due-closed-throughout",
        "held",
    ),
    *("wait-identity", "wait-correction", "wait-fee", "resumed", "clarified", "extended", "recast"),
    *("notified", "closed", "reopened"),
)


class BadRegime(LawError):
    """A regime's data is incomplete or contradicts itself; the message names the entry."""


def find_source(code: str) -> str | None:
    """Return the TOML text of a regime, or None when there is none with this code."""
    if not CODE.match(code):
        return None
    file = resources.files("desk.law").joinpath("regimes", f"{code}.toml")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def read_regime(source: str) -> Regime:
    """Read a regime from TOML text; raises BadRegime naming the entry that is wrong."""
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadRegime(f"not TOML: {error}") from error
    lists = {name: _texts(items, f"checklists.{name}") for name, items in table.get("checklists", {}).items()}
    regime = Regime(
        code=_take(table, "code", str, "regime"),
        version=_take(table, "version", str, "regime"),
        name=_text(table, "name", "regime"),
        ack=_need(_span(table, "ack", "regime"), "regime.ack"),
        kinds=_each(table, "kinds", lambda code, entry: _kind(code, entry, lists)),
        outcomes=_each(table, "outcomes", _outcome),
        grounds=_each(table, "grounds", _ground),
        rules=_each(table, "rules", lambda code, _: _text(table["rules"], code, "rules")),
    )
    _check(regime)
    return regime


def _check(regime: Regime) -> None:
    for kind in regime.kinds.values():
        where = f"kinds.{kind.code}"
        _refuse_unknown(kind.outcomes, regime.outcomes, f"{where}.outcomes")
        _refuse_unknown(kind.grounds, regime.grounds, f"{where}.grounds")
        if not kind.outcomes:
            raise BadRegime(f"{where}: has no outcome to end with")
        if kind.valid_from and kind.valid_to and kind.valid_to < kind.valid_from:
            raise BadRegime(f"{where}: valid_to is before valid_from")
        if not CERTAINTY.match(kind.certainty):
            raise BadRegime(f"{where}: certainty {kind.certainty!r} is none of A B C D I")
    _refuse_unknown(RULES, regime.rules, "rules")


def _refuse_unknown(codes: Iterable[str], known: Mapping[str, Any], where: str) -> None:
    missing = [code for code in codes if code not in known]
    if missing:
        raise BadRegime(f"{where}: not in the data: {', '.join(missing)}")


def _kind(code: str, entry: Table, lists: Mapping[str, tuple[Text, ...]]) -> Kind:
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


def _texts(items: Any, where: str) -> tuple[Text, ...]:
    if not isinstance(items, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        raise BadRegime(f"{where}: must be a list of pairs, Japanese and English")
    return tuple(Text(*pair) for pair in items)
