"""Card numbers are cut to their last four digits wherever they stand; what is no card stays as it was written."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import luhn

from desk.tickets.cards import MASK, cut_cards
from desk.tickets.masking import mask_numbers

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
GAPS = ("", " ", "-", "‐", "–", "—", "−", "ー", "－", ".", "．", "\u3000", "\u00a0", " - ", "\u200b")
SHAPES = {13: (4, 3, 3, 3), 14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}
FIRST = {"4": (13, 16, 19), "51": (16,), "2221": (16,), "34": (15,), "37": (15,), "36": (14,), "35": (16, 19)}
FIRST |= {"6011": (16, 19), "62": (16, 19)}
NETWORKS = [(first, length) for first, lengths in FIRST.items() for length in lengths]


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A number that a network could give out, as digits."""
    first, length = draw(st.sampled_from(NETWORKS))
    free = length - len(first) - 1
    middle = draw(st.text("0123456789", min_size=free, max_size=free))
    return first + middle + luhn.calc_check_digit(first + middle)


def typed(card: str, gap: str, *, wide: bool) -> str:
    """Return a card as somebody may type it."""
    ends = [sum(SHAPES[len(card)][: n + 1]) for n in range(len(SHAPES[len(card)]))]
    groups = [card[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    text = gap.join(groups)
    return text.translate(WIDE) if wide else text


def digits(text: str) -> int:
    return len(re.findall(r"[0-9０-９]", text))


AROUND = [
    ("", ""), ("カードは", "です。"), ("", " 12/28"), ("", " 123"), ("28 ", ""), ("12/28 ", " 123"), ("No.", "."),
    ("電話 03-1234-5678 ", ""), ("", "-12-28"), ("7-", "-7"), ("", "．12／28"), ("", "\u300012\u300028"), ("2026-11-25 ", ""),
]  # fmt: skip


@given(cards(), st.sampled_from(GAPS), st.booleans(), st.sampled_from(AROUND))
@example("4111111111111111", ".", False, ("", " 12/28"))
def test_no_more_than_four_digits_of_a_card_are_left(card: str, gap: str, wide: bool, around: tuple[str, str]) -> None:
    before, after = around
    text = cut_cards(before + typed(card, gap, wide=wide) + after)
    assert digits(text) <= digits(before + after) + 4
    assert MASK * (len(card) - 4) in text
    assert mask_numbers(text) == text
    if not digits(before + after):
        assert text == before + MASK * (len(card) - 4) + card[-4:] + after


@given(cards(), st.sampled_from(["123", "28", "1228"]), st.booleans())
def test_a_card_with_other_digits_right_beside_it_is_cut(card: str, other: str, first: bool) -> None:
    assert digits(cut_cards(other + card if first else card + other)) <= len(other) + 4


CUT = MASK * 12 + "1111"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("4111 1111 1111 1111 12/28", f"{CUT} 12/28"),
        ("4111-1111-1111-1111 123", f"{CUT} 123"),
        ("28 4111 1111 1111 1111", f"28 {CUT}"),
        ("4111.1111.1111.1111", CUT),
        ("4111-1111 1111 1111 12/28", f"{CUT} 12/28"),
        ("４１１１　１１１１　１１１１　１１１１　１２", f"{CUT}　１２"),
        ("4111111111111111 と 5555-5555-5555-4444", f"{CUT} と {MASK * 12}4444"),
        ("4111 1111 1111 1111 5555 5555 5555 4444", f"{CUT} {MASK * 12}4444"),
        ("3782 822463 10005 4111 1111 1111 1111", f"{MASK * 11}0005 {CUT}"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 12/28", f"{CUT} 12/28"),
    ],
)
def test_it_leaves_what_stands_beside_a_card(text: str, left: str) -> None:
    assert cut_cards(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "03-1234-5678 / 090-1234-5678",
        "+49 1512 3456789",
        "+49 1512 3456780",
        "受付番号 ABCD-EFGH-JKLM、会員番号 1234567890123",
        "注文番号 2026112500012345",
        "2026-11-25 12:34:56.789012",
        "2026.11.25〜2026.12.31",
        "〒100-0001 03-1234-5678 2026-11-25",
        "1234 5678 9012 3456",
        "0000 0000 0000 0000",
        "4111 1111 1111 1112",
        "35.6895014, 139.6917337",
        "1,234,567,890,123円",
        "012-3456-7890 1234 5678",
    ],
)
def test_it_leaves_what_is_no_card(text: str) -> None:
    assert cut_cards(text) == text


@given(st.from_regex(r"0[5789]0-[0-9]{4}-[0-9]{4}", fullmatch=True), st.dates(), st.sampled_from([" ", "　", "、"]))
def test_it_leaves_telephone_numbers_before_a_day(phone: str, day: object, gap: str) -> None:
    text = f"{phone}{gap}{day}"
    assert cut_cards(text) == text
