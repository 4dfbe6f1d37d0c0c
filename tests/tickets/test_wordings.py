"""The words of letters: every place is known, nothing is lost in filling in, and drafts say what staff must write."""

import pytest

from desk.law.regimes import get_regime
from desk.reporting.notice_drafts import APART, WAITS, letter_of
from desk.tickets.wordings import (
    LANGUAGES,
    MOST_CHARS,
    PLACE,
    PLACES,
    UNFILLED,
    BadWording,
    check_wording,
    fill,
    notices,
    samples,
)

LAW = get_regime("jp-appi")


@pytest.mark.parametrize("code", notices())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letters_first_words_are_words_that_could_be_saved(code: str, language: str) -> None:
    text = notices()[code].texts[language]
    assert check_wording(code, text) == text
    assert "{" not in PLACE.sub("", text)
    shown = fill(text, samples()[language])
    assert PLACE.search(shown) is None
    assert notices()[code].name[language]


def test_both_languages_say_the_same_things() -> None:
    for one in notices().values():
        places = [sorted(PLACE.findall(one.texts[language])) for language in LANGUAGES]
        marks = [len(UNFILLED.findall(one.texts[language])) for language in LANGUAGES]
        assert set(places[0]) == set(places[1]), one.code
        assert marks[0] == marks[1], one.code


def test_every_outcome_that_is_told_has_a_letter() -> None:
    told = {code: letter_of(outcome) for code, outcome in LAW.outcomes.items()}
    assert [code for code, letter in told.items() if letter is None] == ["SPAM"]
    assert {told[code] for code in APART} == set(APART.values())
    assert set(WAITS.values()) <= set(notices())
    assert set(samples()["ja"]) == set(samples()["en"]) == PLACES


def test_a_line_with_nothing_to_fill_in_is_left_out() -> None:
    text = "はじめ\n\n{items}\n行った内容：{measure}\n\n{commission}\n\nおわり"
    assert fill(text, {"measure": "直した"}) == "はじめ\n\n行った内容：直した\n\nおわり"
    assert fill(text, {}) == "はじめ\n\nおわり"
    assert fill("{items}", {"items": "・{measure}\n・二つ目"}) == "・{measure}\n・二つ目"


@pytest.mark.parametrize(
    ("text", "places", "is_missing"),
    [
        ("{items}{decision}{hidden}", {"hidden"}, False),
        ("決定：{decision}", {"items"}, True),
        ("", {"items", "decision"}, True),
        ("{items}{decision}" + "あ" * MOST_CHARS, set(), False),
    ],
)
def test_words_that_lose_or_invent_a_place_are_refused(text: str, places: set[str], is_missing: bool) -> None:
    with pytest.raises(BadWording) as told:
        check_wording("L6", text)
    assert (told.value.places, told.value.is_missing) == (places, is_missing)
