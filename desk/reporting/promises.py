"""Where the policy and the desk part: gaps that its settings do not cure, and what the two say differently."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from desk.company.procedure import get_procedure
from desk.company.profile import get_company
from desk.policy.gaps import Gap, find_gaps
from desk.policy.placing import Policy
from desk.policy.register import read_version, version_on
from desk.policy.source import folded

Settled = Row[Any]

CURES: Mapping[str, Callable[[Settled, Settled], bool]] = {
    "company.address": lambda company, _procedure: bool(company.address_ja),
    "company.representative": lambda _company, procedure: bool(procedure.representative_ja),
    "procedure": lambda _company, _procedure: True,
    "procedure.fee": lambda _company, _procedure: True,
    "procedure.window": lambda _company, procedure: bool(procedure.officer_ja and procedure.hours_ja),
    "procedure.certified_body": lambda _company, procedure: procedure.has_body is not None,
}
"""What the desk itself makes knowable, on its procedure page."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that the policy and the settings say differently."""

    code: str
    """`contact`, `postal_code`, `representative`, `fee` or `certified_body`."""
    policy_says: str
    desk_says: str


def open_gaps(policy: Policy) -> list[Gap]:
    """Return the gaps of a policy that the desk does not cure."""
    company, procedure = get_company(), get_procedure()
    return [gap for gap in find_gaps(policy) if not any(CURES[one](company, procedure) for one in gap.rule.cured_by)]


def open_codes(on: date) -> frozenset[str]:
    """Return the codes of the gaps of the version in force on a JST date that the desk does not cure."""
    version = version_on(on)
    return frozenset(gap.rule.code for gap in open_gaps(read_version(version))) if version is not None else frozenset()


def contradictions_on(on: date) -> list[Contradiction]:
    """Return what the version in force on a JST date and the settings say differently; without a version nothing."""
    version = version_on(on)
    return list(_contradictions(read_version(version))) if version is not None else []


def _contradictions(policy: Policy) -> Iterator[Contradiction]:
    company, procedure = get_company(), get_procedure()
    text = "\n".join(folded(line.text) for article in policy.document.articles for line in article.lines)
    if policy.contact and policy.contact.lower() != company.contact_email.lower():
        yield Contradiction("contact", policy.contact, company.contact_email)
    codes = {code.replace("-", "") for code in re.findall(r"〒\s?(\d{3}-?\d{4})", text)}
    if company.postal_code and codes and company.postal_code.replace("-", "") not in codes:
        yield Contradiction("postal_code", "、".join(sorted(codes)), company.postal_code)
    named = re.search(r"代表(?:取締役|者|社員|理事)(?:社長|会長)?\s?[:：]?\s?(\S{2,20})", text)
    bare = _bare(procedure.representative_ja)
    if named and bare and bare not in _bare(text):
        yield Contradiction("representative", named[0], procedure.representative_ja)
    yield from _of_fee(text, procedure)
    denies = re.search(
        r"認定個人情報保護団体の(?:対象事業者|会員)(?:では|に)(?:あり|該当し)?ませ?ん|認定個人情報保護団体.{0,20}ありません",
        text,
    )
    if denies and procedure.has_body:
        yield Contradiction("certified_body", denies[0], procedure.body_ja)
    elif "認定個人情報保護団体" in text and not denies and procedure.has_body is False:
        yield Contradiction("certified_body", "認定個人情報保護団体", "")


def _of_fee(text: str, procedure: Settled) -> Iterator[Contradiction]:
    asks = re.search(r"手数料.{0,30}?([\d,]+)\s?円", text)
    free = re.search(r"手数料(?:は|を)?.{0,20}(?:無料|いただ(?:き|いており)ません|不要|かかりません)", text)
    fee = int(asks[1].replace(",", "")) if asks and asks[1].strip(",") else None
    if fee is not None and fee != procedure.fee_yen:
        yield Contradiction("fee", asks[0] if asks else "", str(procedure.fee_yen))
    elif fee is None and free and procedure.fee_yen:
        yield Contradiction("fee", free[0], str(procedure.fee_yen))


def _bare(text: str) -> str:
    return re.sub(r"\s", "", folded(text))
