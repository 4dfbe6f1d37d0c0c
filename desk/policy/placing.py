"""What a policy says, placed: purposes of each population, categories of data, outside services, the contact, the dates.

Nothing is dropped in silence: what belongs into one of these and could not be placed is listed for a person to place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from desk.policy.articles import Article, Document, divide
from desk.policy.dates import find_dates
from desk.policy.lines import Kind, Line
from desk.policy.source import folded, read_source


class Group(StrEnum):
    """Whose data a purpose is about; the populations that tickets know."""

    USER = "user"
    PARTNER = "partner"
    APPLICANT = "applicant"


class Relation(StrEnum):
    """What a service outside is to the company under the law."""

    ENTRUSTMENT = "委託"
    PROVISION = "第三者提供"
    TRANSMISSION = "外部送信"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Category:
    """A sort of data that the company acquires."""

    text: str
    source: str
    """`given` by the person, or `automatic`."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service of somebody else's that the policy names."""

    name: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Words that a person has to place: where they stand, and what they may be."""

    what: str
    """`purpose`, `category`, `service`, `contact` or `date`."""
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as data."""

    document: Document
    purposes: dict[Group, tuple[str, ...]]
    categories: tuple[Category, ...]
    services: tuple[Service, ...]
    contact: str | None
    enacted_on: date | None
    revised_on: date | None
    unplaced: tuple[Unplaced, ...]


PURPOSES = re.compile(r"利用目的|使用目的|利用の目的|purposes?(?![a-z])", re.IGNORECASE)
NOT_PURPOSES = re.compile(r"目的外|変更|通知|範囲を超え|other purposes|changes?", re.IGNORECASE)
CATEGORIES = re.compile(
    r"(?:取得|収集)(?:する|される|した)?(?:個人)?(?:情報|項目|データ)|(?:取得|収集)する.{0,12}(?:情報|項目)|個人情報の(?:項目|種類|取得)"
    r"|取得情報|information we (?:collect|acquire)|data we collect|(?:collection|acquisition) of",
    re.IGNORECASE,
)
AUTOMATIC = re.compile(r"自動|アクセスログ|ログ情報|automatic", re.IGNORECASE)
GROUPS = (
    (Group.APPLICANT, re.compile(r"採用|応募|求職|applicant|candidate|recruit", re.IGNORECASE)),
    (
        Group.PARTNER,
        re.compile(r"取引先|委託先|仕入先|協力会社|パートナー|business (?:partner|contact)|supplier", re.IGNORECASE),
    ),
    (
        Group.USER,
        re.compile(
            r"利用者|ユーザー?|お客様|顧客|会員|購入者|ご利用の(?:方|皆様)|user|customer|member|visitor", re.IGNORECASE
        ),
    ),
)
OTHERS = re.compile(r"従業員|従業者|社員|株主|退職|家族|来訪|来社|employee|shareholder", re.IGNORECASE)
"""Populations that the desk has no place for."""
SERVICE_HEADING = re.compile(
    r"cookie|クッキー|アクセス解析|外部送信|外部サービス|情報収集モジュール|委託|第三者", re.IGNORECASE
)
QUOTED = re.compile(
    r"[「『]([^「」『』]{2,40})[」』](?=[^。「『]{0,20}(?:を|が|の)?[^。「『]{0,12}(?:利用|使用|導入|採用|提供|委託))"
)
KNOWN = re.compile(
    r"Google Analytics|Google Tag Manager|Google Ads|Google広告|reCAPTCHA|Firebase(?: Analytics)?|Cloudflare|Amazon Web Services|(?<![A-Za-z])AWS(?![A-Za-z])"
    r"|Microsoft Azure|Microsoft Clarity|Adobe Analytics|Stripe|PayPal|PayPay|Salesforce|HubSpot|Zendesk|Intercom|Sentry|Datadog|New Relic"
    r"|SendGrid|Mailchimp|Facebook|Meta(?:ピクセル| Pixel)|LINE(?:公式|広告)|Yahoo!?(?:広告| ?JAPAN)|Hotjar|KARTE|Treasure Data|Vercel|Heroku|Criteo"
)
LEADS = re.compile(r"(?:以下|次|下記)の?.{0,20}(?:通り|とおり|もの|情報|事項|目的)|[:：]$")
"""A line that only leads to the list below it."""
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
CONTACT = re.compile(r"問い?合わ?せ|窓口|連絡先|苦情|ご相談|contact|inquir|enquir|complaint", re.IGNORECASE)
ENACTED = re.compile(r"制定|施行|策定|発効|enacted|effective|established|in force", re.IGNORECASE)
REVISED = re.compile(r"改[定正訂]|更新|変更|revised|updated|amended", re.IGNORECASE)


def read_policy(content: bytes) -> Policy:
    """Return what a policy says. Raises `desk.policy.source.BadPolicy`."""
    source = read_source(content)
    document = replace(divide(source.lines), is_numbered_when_shown=source.has_same_numbers)
    unplaced = [Unplaced("text", "", f"<{name}>") for name in source.left_out if name not in {"head", "nav", "footer"}]
    purposes, strangers = _purposes(document)
    categories = tuple(_categories(document))
    enacted, revised = _dates(document)
    contact = _contact(document)
    unplaced += strangers
    for missing, what in ((not any(purposes.values()), "purpose"), (not categories, "category")):
        if missing:
            unplaced += _candidates(document, what)
    if contact is None:
        unplaced.append(Unplaced("contact", "", ""))
    if enacted is None:
        unplaced.append(Unplaced("date", "", ""))
    return Policy(
        document,
        purposes,
        categories,
        tuple(_services(document)),
        contact,
        enacted,
        revised,
        tuple(dict.fromkeys(unplaced)),
    )


def _purposes(document: Document) -> tuple[dict[Group, tuple[str, ...]], list[Unplaced]]:
    found: dict[Group, list[str]] = {group: [] for group in Group}
    strangers = []
    for article in _headed(document, PURPOSES, NOT_PURPOSES):
        own = group_of(article.heading) or Group.USER
        leaves = list(_leaves(article.lines)) or [("?", line.text) for line in article.lines]
        for place, text in leaves:
            group = group_of(place) if place else own
            if OTHERS.search(place or article.heading) or (place and group is None and not LEADS.search(place)):
                where = f"{article.heading} › {place}" if place.strip("?") else article.heading
                strangers.append(Unplaced("purpose", where, text))
                continue
            found[group or own].append(text)
    return {group: tuple(dict.fromkeys(texts)) for group, texts in found.items()}, strangers


def _categories(document: Document) -> Iterator[Category]:
    for article in _headed(document, CATEGORIES, None):
        for place, text in _leaves(article.lines):
            words = place or article.heading
            yield Category(text, "automatic" if AUTOMATIC.search(folded(words)) else "given")


def _services(document: Document) -> Iterator[Service]:
    named: dict[str, Relation] = {}
    for article in document.articles:
        relation = _relation_of(article.heading)
        lists = SERVICE_HEADING.search(folded(article.heading)) is not None
        for line in article.lines:
            text = folded(line.text)
            names = [match[0].strip() for match in KNOWN.finditer(text)]
            if lists:
                names += [
                    match[1].strip() for match in QUOTED.finditer(text) if not any(name in match[1] for name in names)
                ]
            for name in names:
                if named.get(name, Relation.UNDECIDED) is Relation.UNDECIDED:
                    named[name] = relation
    for name, relation in named.items():
        yield Service(name, relation)


def _relation_of(heading: str) -> Relation:
    text = folded(heading)
    if "外部送信" in text:
        return Relation.TRANSMISSION
    if "委託" in text and "第三者" not in text:
        return Relation.ENTRUSTMENT
    if "第三者" in text and "提供" in text and "委託" not in text:
        return Relation.PROVISION
    return Relation.UNDECIDED


def _contact(document: Document) -> str | None:
    headed = [article for article in document.articles if CONTACT.search(folded(article.heading))]
    for lines in (*(article.lines for article in reversed(headed)), document.supplement):
        for line in lines:
            if found := ADDRESS.search(folded(line.text)):
                return found[0]
    texts = [folded(line.text) for article in document.articles for line in article.lines]
    return next((found[0] for text in texts if CONTACT.search(text) and (found := ADDRESS.search(text))), None)


def _dates(document: Document) -> tuple[date | None, date | None]:
    enacted, revised = [], []
    edges = [*document.preamble, *document.supplement]
    last = document.articles[-1].lines[-3:] if document.articles else ()
    for line in (*edges, *last):
        for found in find_dates(line.text):
            around = found.after or found.before
            if REVISED.search(around) or REVISED.search(found.before[-8:]):
                revised.append(found.on)
            if ENACTED.search(found.after) or ENACTED.search(found.before[-8:]) or not REVISED.search(around):
                enacted.append(found.on)
    return (min(enacted) if enacted else None), (max(revised) if revised else None)


def group_of(text: str) -> Group | None:
    """Return the population that words speak of, or None."""
    words = folded(text)
    return next((group for group, pattern in GROUPS if pattern.search(words)), None)


def _headed(document: Document, wanted: re.Pattern[str], unwanted: re.Pattern[str] | None) -> list[Article]:
    return [
        article
        for article in document.articles
        if wanted.search(heading := folded(article.heading)) and not (unwanted and unwanted.search(heading))
    ]


def _leaves(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """Yield what stands at the ends of lists, each with the line above its list; sentences around lists are not such."""
    above: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        if line.kind is Kind.HEADING:
            above = [(0, line.text)]
            continue
        if line.kind is Kind.TEXT:
            continue
        while above and above[-1][0] >= line.depth:
            above.pop()
        if _has_list(lines, at):
            above.append((line.depth, line.text))
        else:
            yield (above[-1][1] if above else ""), line.text


def _has_list(lines: Sequence[Line], at: int) -> bool:
    """Tell whether the item at a place has items below it."""
    for line in lines[at + 1 :]:
        if line.kind is Kind.HEADING or (line.kind is Kind.ITEM and line.depth <= lines[at].depth):
            return False
        if line.kind is Kind.ITEM:
            return True
    return False


def _candidates(document: Document, what: str) -> Iterator[Unplaced]:
    """List the sentences that may say what no list says."""
    wanted = PURPOSES if what == "purpose" else CATEGORIES
    for article in document.articles:
        for line in article.lines:
            if wanted.search(folded(article.heading)) or wanted.search(folded(line.text)):
                yield Unplaced(what, article.heading, line.text)
