"""Numbers that nobody needs to read in full: card and bank account numbers, cut to their last digits. Pure."""

import re

from desk.tickets.cards import DIGIT, MASK, cut_cards
from desk.tickets.content import Said

ACCOUNT = re.compile(
    rf"((?:口座(?:番号)?|普通(?:預金)?|当座(?:預金)?|貯蓄(?:預金)?|account(?:\s*(?:no\.?|number))?)[^0-9０-９]{{0,12}})"
    rf"({DIGIT}{{4,7}})({DIGIT}{{3}})(?!{DIGIT})",
    re.IGNORECASE,
)
POSTAL_BANK = re.compile(
    rf"(記号[^0-9０-９]{{0,6}}{DIGIT}{{5}}[^0-9０-９]{{0,10}})({DIGIT}{{3,5}})({DIGIT}{{3}})(?!{DIGIT})"
)


def mask_numbers(text: str) -> str:
    """Return `text` with card numbers cut to four digits and bank account numbers to three."""
    if not any(char.isdigit() for char in text):
        return text
    masked = cut_cards(text)
    for pattern in (ACCOUNT, POSTAL_BANK):
        masked = pattern.sub(lambda match: match[1] + MASK * len(match[2]) + match[3], masked)
    return masked


def mask_said(said: Said) -> Said:
    """Return a message as every view and the index have it: its numbers masked, in the further answers too."""
    return Said(mask_numbers(said.text), {name: mask_numbers(text) for name, text in said.details.items()})
