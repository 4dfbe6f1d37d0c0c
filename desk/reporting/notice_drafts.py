"""The draft of a letter to a person, filled in from the case: for staff to put into the words that will leave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date

from desk.law.proof import Shows, get_proof
from desk.law.regimes import Outcome, Regime
from desk.law.waits import WaitReason
from desk.tickets.decisions import Decided, Item, Result
from desk.tickets.models import Ticket
from desk.tickets.wordings import fill, notices, wording_of

DAYS = {"ja": "y年M月d日", "en": "d MMMM y"}
APART = {
    "ID-NG": "L17-proof",
    "AG-NG": "L17-proof",
    "REF": "L17-referred",
    "OUT": "L17-referred",
    "WD": "L17-withdrawn",
    "LAPSED": "L17-lapsed",
}
"""Outcomes that the one letter L17 says in words of their own."""
WAITS = {WaitReason.IDENTITY: "L2", WaitReason.CORRECTION: "L3", WaitReason.FEE: "L4"}
WORDS = {
    "ja": {
        Result.GRANTED: "・{what}：ご請求のとおりにいたします。",
        Result.REFUSED: "・{what}：ご請求に応じることができません。",
        Result.ABSENT: "・{what}：お示しの情報で調査いたしましたが、対象となる保有個人データはございませんでした。",
        Result.OTHERWISE: "・{what}：別の方法または代わりの措置によります。",
        "reason": "　理由：{facts}（{article}）",
        "commission": "個人情報保護委員会の相談窓口（{phone}）でもご相談いただけます。",
        "all": "ご請求の対象",
        "one": "【1点で足りるもの】",
        "two": "【2点必要なもの】",
    },
    "en": {
        Result.GRANTED: "- {what}: we do as you ask.",
        Result.REFUSED: "- {what}: we cannot do as you ask.",
        Result.ABSENT: "- {what}: with the details given we found no retained personal data (保有個人データ) within the scope of your request.",
        Result.OTHERWISE: "- {what}: done in another way, or by another measure.",
        "reason": "  Reason: {facts} ({article})",
        "commission": "You may also call the Personal Information Protection Commission ({phone}).",
        "all": "What you asked for",
        "one": "One of these:",
        "two": "Or two of these:",
    },
}


@dataclass(frozen=True, slots=True)
class Filling:
    """What a letter is filled in with besides the case; absent values leave their line out."""

    today: date
    answer_by: date | None = None
    expected_on: date | None = None
    paid_on: date | None = None
    fee_yen: int = 0
    commission_phone: str = ""
    relation: str = ""
    """How the agent stands to the person, where one asks."""
    decided: Decided | None = None
    outcome: Outcome | None = field(default=None)


def letter_of(outcome: Outcome) -> str | None:
    """Return the code of the letter that says an outcome, None where nothing is sent."""
    code = APART.get(outcome.code, outcome.letter)
    return code if code in notices() else None


def draft_letter(code: str, ticket: Ticket, law: Regime, filling: Filling) -> str:
    """Return a letter's words in the ticket's language; the hidden reason of a decision never stands in it."""
    language, outcome, decided = ticket.language, filling.outcome, filling.decided
    said = WORDS[language]
    values: Mapping[str, str] = {
        "kind": law.kind(ticket.kind).name.get(language),
        "received_on": _day(ticket.received_on, language),
        "closed_on": _day(filling.today, language),
        "answer_by": _day(filling.answer_by, language),
        "expected_on": _day(filling.expected_on, language),
        "paid_on": _day(filling.paid_on, language),
        "decision": outcome.name.get(language) if outcome is not None else "",
        "items": "\n".join(line for item in decided.items for line in _lines(item, law, language)) if decided else "",
        "measure": decided.measure if decided else "",
        "documents": _documents(language, filling.relation),
        "fee": f"{filling.fee_yen:,}" if filling.fee_yen else "",
        "commission": said["commission"].format(phone=filling.commission_phone)
        if filling.commission_phone and outcome is not None and outcome.refusal
        else "",
    }
    return fill(wording_of(code, language), values)


def _day(on: date | None, language: str) -> str:
    return format_date(on, DAYS[language], locale=language) if on is not None else ""


def _lines(item: Item, law: Regime, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield words[item.result].format(what=item.what or words["all"])
    if item.result in {Result.REFUSED, Result.OTHERWISE} and item.ground in law.grounds:
        yield words["reason"].format(facts=item.facts, article=law.grounds[item.ground].article.get(language))


def _documents(language: str, relation: str) -> str:
    proof, words = get_proof(), WORDS[language]
    mark = "・" if language == "ja" else "- "
    lines = [words["one"], *(f"{mark}{one.get(language)}" for one in proof.single)]
    lines += [words["two"], *(f"{mark}{one.get(language)}" for one in proof.double)]
    if relation:
        agent = proof.legal_agent if relation == Shows.STATUTORY else proof.chosen_agent
        lines += ["", agent.get(language)]
    return "\n".join([*lines, "", proof.covered.get(language), proof.refused.get(language)])
