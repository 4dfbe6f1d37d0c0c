"""The gap finder: what the law wants knowable and what harms, against what a policy says. The rules are in `gaps.toml`."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desk.policy.placing import Policy, Relation
from desk.policy.source import folded

TABLE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Words:
    """A gap in words: what is missing, why it matters, and what to answer meanwhile."""

    title: str
    why: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sort of gap."""

    code: str
    basis: str
    """The articles of the Act that it is about; `-` when it is about the writing alone."""
    words: Mapping[str, Words]
    """By language."""
    absent: tuple[re.Pattern[str], ...]
    all_of: tuple[re.Pattern[str], ...]
    present: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    check: str | None
    cured_by: tuple[str, ...]
    """What of the desk's own settings makes it known instead."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap of one policy."""

    rule: Rule
    found: tuple[str, ...]
    """The words that it is about, where it is about words of the policy."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return the table, in order."""
    rows = tomllib.loads(TABLE.read_text())["gap"]
    return tuple(
        Rule(
            code=row["code"],
            basis=row["basis"],
            words={language: Words(**row[language]) for language in ("ja", "en")},
            check=row.get("check"),
            cured_by=tuple(row.get("cured_by", ())),
            **{name: _patterns(row.get(name, ())) for name in ("absent", "all_of", "present", "unless")},
        )
        for row in rows
    )


def find_gaps(policy: Policy) -> list[Gap]:
    """Return the gaps of a policy's text alone; what the desk's settings cure is the caller's to take away."""
    text = _text_of(policy)
    found = []
    for rule in rules():
        if any(pattern.search(text) for pattern in rule.unless):
            continue
        if (words := _broken(rule, policy, text)) is not None:
            found.append(Gap(rule, tuple(words)))
    return found


def _broken(rule: Rule, policy: Policy, text: str) -> list[str] | None:
    """Return the words that break a rule, perhaps none; None when it is kept."""
    if rule.check is not None:
        return CHECKS[rule.check](policy)
    if rule.present:
        words = [match[0] for pattern in rule.present for match in pattern.finditer(text)]
        return list(dict.fromkeys(words)) or None
    if rule.all_of:
        return None if all(pattern.search(text) for pattern in rule.all_of) else []
    return None if any(pattern.search(text) for pattern in rule.absent) else []


def _text_of(policy: Policy) -> str:
    document = policy.document
    parts = [document.title, *(line.text for line in (*document.preamble, *document.supplement))]
    for article in document.articles:
        parts += [article.heading, article.text]
    return "\n".join(folded(line).lower() for part in parts for line in part.split("\n"))


def _patterns(texts: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text) for text in texts)


PROVIDES = re.compile(
    r"第三者(?:に|へ|への|に対して?)(?:の)?(?:個人情報(?:等)?を|個人データを)?(?:提供|開示)|第三者提供|to (?:any )?third part(?:y|ies)",
    re.IGNORECASE,
)
SLIPS = (
    re.compile(r"の(?:た|ため?に?な|目)$"),
    re.compile(r"[一-龥]また[一-龥]"),
    re.compile(r"をを|がが|のの|にに|はは|でで|と、と"),
)
VARIANTS = (
    (r"お?問い合わせ", r"お?問合わせ", r"お?問合せ", r"お?問い合せ"),
    (r"付帯", r"附帯", r"付随"),
    (r"取扱い", r"取扱(?![いうえっ者])", r"取り扱い"),
    (r"ユーザー", r"ユーザ(?!ー)"),
    (r"サーバー", r"サーバ(?!ー)"),
)
"""Ways to write one word; two of a row in one text are a wavering."""
TERMS = ("本サイト", "本ポリシー", "本規約", "本アプリ", "当サイト", "個人情報等", "当社グループ")
STOPS = re.compile(r"オプトアウト|無効(?:化|に)|拒否|停止(?:する|の方法)|opt[- ]?out|disable|refus", re.IGNORECASE)
SENT = re.compile(r"送信(?:され|する|し)|送られ|送信先|transmit|sent to", re.IGNORECASE)


def _third_party(policy: Policy) -> list[str] | None:
    says = any(PROVIDES.search(folded(line.text)) for article in policy.document.articles for line in article.lines)
    return None if says else []


def _wording(policy: Policy) -> list[str] | None:
    lines = [
        folded(line) for article in policy.document.articles for line in (article.heading, *article.text.split("\n"))
    ]
    slips = [line if len(line) <= 40 else f"…{line[-39:]}" for line in lines if SLIPS[0].search(line)]
    slips += [match[0] for pattern in SLIPS[1:] for line in lines for match in pattern.finditer(line)]
    text = "\n".join(lines)
    for row in VARIANTS:
        used = {match[0].removeprefix("お") for one in row for match in re.finditer(one, text)}
        if len(used) > 1:
            slips.append("／".join(sorted(used)))
    return list(dict.fromkeys(slips)) or None


def _numbering(policy: Policy) -> list[str] | None:
    return [] if policy.document.is_numbered_when_shown else None


def _undefined_terms(policy: Policy) -> list[str] | None:
    text = _text_of(policy)
    used = [term for term in TERMS if term in text and not re.search(f'[「『"]{term}[」』"]|{term}\\s*[(（]', text)]
    return used or None


def _heading(policy: Policy) -> list[str] | None:
    wrong = [
        article.heading
        for article in policy.document.articles
        if re.search("第三者.{0,4}提供", folded(article.heading))
        and "委託" in article.text
        and not any(PROVIDES.search(folded(line.text)) for line in article.lines)
    ]
    return wrong or None


def _external_transmission(policy: Policy) -> list[str] | None:
    named = [service.name for service in policy.services if service.relation is Relation.UNDECIDED]
    text = _text_of(policy)
    return named if named and not (STOPS.search(text) and SENT.search(text)) else None


def _change_notice(policy: Policy) -> list[str] | None:
    articles = [one for one in policy.document.articles if "変更" in one.heading or "改定" in one.heading]
    narrow = [
        one.heading
        for one in articles
        if "同意が必要" in one.text and not re.search("同意の?(?:有無|要否)|軽微", one.text)
    ]
    return narrow or None


def _contact(policy: Policy) -> list[str] | None:
    has_phone = re.search(r"0\d{1,4}-\d{1,4}-\d{3,4}", _text_of(policy))
    return None if policy.contact or has_phone else []


def _purposes(policy: Policy) -> list[str] | None:
    return None if any(policy.purposes.values()) else []


CHECKS: Mapping[str, Callable[[Policy], list[str] | None]] = {
    "third_party": _third_party,
    "wording": _wording,
    "numbering": _numbering,
    "undefined_terms": _undefined_terms,
    "heading": _heading,
    "external_transmission": _external_transmission,
    "change_notice": _change_notice,
    "contact": _contact,
    "purposes": _purposes,
}
