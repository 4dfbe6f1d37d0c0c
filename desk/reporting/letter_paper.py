"""A letter to a person as a PDF: the words as staff wrote them, with date, reference, and who writes to whom."""

from datetime import date
from typing import Any

from babel.dates import format_date

from desk.company.profile import profile
from desk.law.regimes import Outcome
from desk.reporting.notice_drafts import DAYS, letter_of
from desk.tickets.cards import cut_cards
from desk.tickets.content import Contact
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Ticket
from desk.tickets.references import grouped
from desk.tickets.wordings import notices
from desk.typeset import typeset

WORDS = {
    "ja": {
        "letter": "ご連絡",
        "reference": "受付番号：{ref}",
        "to": "{name} 様",
        "nobody": "ご請求者様",
        "desk": "個人情報窓口",
    },
    "en": {
        "letter": "Letter",
        "reference": "Reference: {ref}",
        "to": "{name}",
        "nobody": "To the person who asked",
        "desk": "Privacy desk",
    },
}


def letter_title(outcome: Outcome, language: str) -> str:
    """Return what the letter that says an outcome is called."""
    letter = letter_of(outcome)
    return notices()[letter].name[language] if letter else WORDS[language]["letter"]


def letter_file_name(ticket: Ticket, title: str) -> str:
    """Return the name of the PDF: the letter's title and the reference."""
    return f"{title} {grouped(ticket.ref)}.pdf"


def typeset_letter(ticket: Ticket, to: Contact, title: str, text: str, on: date) -> bytes:
    """Return a letter as a PDF in the ticket's language, its numbers masked as under the link.

    The same words give the same bytes. Raises `desk.typeset.NotTypeset`.
    """
    return typeset("letter", _letter(ticket, to, title, text, on))


def _letter(ticket: Ticket, to: Contact, title: str, text: str, on: date) -> dict[str, Any]:
    language = ticket.language
    words, company = WORDS[language], profile(language)
    said = mask_numbers(cut_cards(text)).replace("\r\n", "\n").strip()
    place = " ".join(part for part in (f"〒{to.postal_code}" if to.postal_code else "", to.address) if part)
    blocks = [[line for line in block.split("\n") if line] for block in said.split("\n\n")]
    return {
        "lang": language,
        "title": title,
        "company": company.name,
        "date": format_date(on, DAYS[language], locale=language),
        "reference": words["reference"].format(ref=grouped(ticket.ref)),
        "to": [line for line in (place, words["to"].format(name=to.name) if to.name else words["nobody"]) if line],
        "from": [line for line in (company.name, words["desk"], company.contact_email, company.phone) if line],
        "body": [block for block in blocks if block],
    }
