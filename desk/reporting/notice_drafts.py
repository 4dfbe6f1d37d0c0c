"""The draft of a notice from a decision: what becomes of each item, on which ground, and what was done; for staff to edit."""

from collections.abc import Iterator
from datetime import date

from babel.dates import format_date

from desk.law.regimes import Regime
from desk.tickets.decisions import Decided, Item, Result

WORDS = {
    "ja": {
        "opening": "{day}付のご請求につきまして、次のとおり決定いたしましたので、お知らせいたします。",
        "decision": "決定：{outcome}",
        "granted": "・{what}：ご請求のとおりにいたします。",
        "refused": "・{what}：ご請求に応じることができません。",
        "absent": "・{what}：お示しの情報で調査いたしましたが、対象となる保有個人データはございませんでした。",
        "otherwise": "・{what}：別の方法または代わりの措置によります。",
        "reason": "　理由：{facts}（{article}）",
        "measure": "行った措置：",
        "closing": "ご不明の点やご納得いただけない点がございましたら、この窓口までお申し出ください。",
        "commission": "個人情報保護委員会の相談窓口（{phone}）でもご相談いただけます。",
        "all": "ご請求の対象",
    },
    "en": {
        "opening": "Following your request of {day}, we have decided as follows.",
        "decision": "Decision: {outcome}",
        "granted": "- {what}: we do as you ask.",
        "refused": "- {what}: we cannot do as you ask.",
        "absent": "- {what}: with the details given we found no retained personal data (保有個人データ) within the scope of your request.",
        "otherwise": "- {what}: done in another way, or by another measure.",
        "reason": "  Reason: {facts} ({article})",
        "measure": "What we did:",
        "closing": "If anything is unclear or you do not agree, please write to us here.",
        "commission": "You may also call the Personal Information Protection Commission ({phone}).",
        "all": "What you asked for",
    },
}
DAYS = {"ja": "y年M月d日", "en": "d MMMM y"}


def draft_notice(decided: Decided, law: Regime, language: str, received_on: date, commission_phone: str) -> str:
    """Return what the person will read under the link, in `ja` or `en`; the hidden reason never stands in it."""
    words = WORDS[language]
    day = format_date(received_on, DAYS[language], locale=language)
    outcome = law.outcome(decided.outcome)
    lines = [words["opening"].format(day=day), "", words["decision"].format(outcome=outcome.name.get(language))]
    for item in decided.items:
        lines += _lines(item, law, language)
    if decided.measure:
        lines += ["", words["measure"], decided.measure]
    lines += ["", words["closing"]]
    if outcome.refusal and commission_phone:
        lines.append(words["commission"].format(phone=commission_phone))
    return "\n".join(lines)


def _lines(item: Item, law: Regime, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield words[item.result].format(what=item.what or words["all"])
    if item.result in {Result.REFUSED, Result.OTHERWISE} and item.ground in law.grounds:
        yield words["reason"].format(facts=item.facts, article=law.grounds[item.ground].article.get(language))
