"""Long lines of a mail are broken where a reader would expect it, and nothing of the text is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.wrapping import COLUMNS, NOT_FIRST, NOT_LAST, width, wrap

LONG = (
    "ご請求いただいた保有個人データの開示につきまして、当社が保有するデータを確認いたしましたので、次のとおりお知らせいたします。"
    "（詳細は専用ページをご覧ください）なお、「利用目的」の通知につきましては、追ってご連絡いたします。"
)
URL = "https://desk.example/s/" + "a" * 80


def test_it_breaks_japanese_between_phrases() -> None:
    lines = wrap(LONG).split("\n")
    assert lines == [
        "ご請求いただいた保有個人データの開示につきまして、当社が保有する",
        "データを確認いたしましたので、次のとおりお知らせいたします。（詳細は",
        "専用ページをご覧ください）なお、「利用目的」の通知につきましては、",
        "追ってご連絡いたします。",
    ]


def test_no_line_that_can_be_broken_is_too_wide() -> None:
    assert max(map(width, wrap(LONG * 9).split("\n"))) <= COLUMNS
    assert max(map(width, wrap("ハンカクﾊﾝｶｸ" * 40).split("\n"))) <= COLUMNS


def test_it_breaks_english_between_words() -> None:
    text = (
        "We have looked into your request and found that we hold the following data about you, which we disclose below."
    )
    assert wrap(text).split("\n") == [
        "We have looked into your request and found that we hold the following",
        "data about you, which we disclose below.",
    ]


@pytest.mark.parametrize(
    "text", ["", "短い行です。", "　受付番号　ABCD-2345-6789", "a" * COLUMNS, f"{URL}", "一行目\n\n三行目\n"]
)
def test_it_leaves_alone_what_fits_or_cannot_be_broken(text: str) -> None:
    assert wrap(text) == text


def test_it_breaks_no_address() -> None:
    lines = wrap(f"詳しくは {URL} をご覧ください。お問い合わせは cs@quote4.jp までお願いいたします。").split("\n")
    assert URL in lines
    assert any("cs@quote4.jp" in line for line in lines)


def test_it_keeps_quotation_marks_and_indents_in_front_of_every_line() -> None:
    assert all(line.startswith("> ") for line in wrap("> " + LONG).split("\n"))
    assert all(line.startswith("　　") for line in wrap("　　" + LONG).split("\n"))


@given(st.text(st.sampled_from("あ漢ーッ、。「」（） a1.,\u3000👪\u0301"), max_size=300))
def test_it_loses_nothing_and_parts_nothing_that_belongs_together(text: str) -> None:
    wrapped = wrap(text)
    assert re.sub(r"\s", "", wrapped) == re.sub(r"\s", "", text)
    lines = [line.strip() for line in wrapped.split("\n")]
    assert not any(line[0] in NOT_FIRST for line in lines[1:] if line)
    assert not any(line[-1] in NOT_LAST for line in lines[:-1] if line)
