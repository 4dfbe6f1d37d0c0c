"""Quoted history told from new words, for the mailers that people use here."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.reading.quotes import fold
from tests.waiting import GENEROUS_S

NEW = "了解しました。\n\n"
OLD = "> 以前の本文\n> 続き\n"
PLAIN_OLD = "以前の本文\n続き\n"

ATTRIBUTIONS = [
    "2026年11月25日(水) 10:00 山田 太郎 <yamada@example.jp>:\n",
    "2026年11月25日(水) 10:00 山田 太郎 <\nyamada@example.jp>:\n",
    "2026年11月25日(水) 午前10:00 山田 太郎 <yamada@example.jp>:\n",
    "2026/11/25 10:00、山田 太郎 <yamada@example.jp>のメール:\n",
    "2026/11/25 10:00、yamada@example.jpのメール：\n",
    "2026年11月25日(水) 10:00、山田 太郎 <yamada@example.jp>のメール:\n",
    "2026/11/25 10:00、山田太郎 さんは書きました:\n",
    "山田太郎さんは書きました：\n",
    "(2026/11/25 10:00), 山田 太郎 wrote:\n",
    "On 2026/11/25 10:00, 山田 太郎 wrote:\n",
    "On Wed, Nov 25, 2026 at 10:00 AM Taro Yamada <yamada@example.jp> wrote:\n",
    "On Wed, Nov 25, 2026 at 10:00 AM Taro Yamada\n<yamada@example.jp> wrote:\n",
    "Am 25.11.2026 um 10:00 schrieb Taro Yamada:\n",
    "Le 25/11/2026 à 10:00, Taro Yamada a écrit :\n",
]
HISTORIES = [
    "差出人: 山田 太郎 <yamada@example.jp>\n送信日時: 2026年11月25日 10:00\n宛先: 窓口\n件名: RE: 開示\n\n",
    "差出人： 山田 太郎\n日時： 2026年11月25日 10:00\n宛先： 窓口\n件名： RE: 開示\n\n",
    "________________________________\nFrom: Taro\nSent: Wednesday\nTo: Desk\nSubject: RE: x\n\n",
    "*From:* Taro\n*Sent:* Wednesday\n*To:* Desk\n*Subject:* RE: x\n\n",
    "-----Original Message-----\nFrom: Taro\n\n",
    "----- Original Message -----\n",
    "----- 元のメッセージ -----\n",
    "-------- 元のメッセージ --------\n",
    "---------- 元のメール ----------\n",
    "-----オリジナルメッセージ-----\n",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("gap", ["", "\n"])
def test_it_folds_a_marked_quotation_with_its_attribution(attribution: str, gap: str) -> None:
    chunks = fold(f"{NEW}{attribution}{gap}{OLD}\n以上です。\n")
    assert [(chunk.text, chunk.is_quoted) for chunk in chunks] == [
        (NEW, False),
        (f"{attribution}{gap}{OLD}", True),
        ("\n以上です。\n", False),
    ]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_it_folds_an_unmarked_quotation_to_the_end(attribution: str) -> None:
    chunks = fold(f"{NEW}{attribution}\n{PLAIN_OLD}")
    assert [(chunk.text, chunk.is_quoted) for chunk in chunks] == [(NEW, False), (f"{attribution}\n{PLAIN_OLD}", True)]


@pytest.mark.parametrize("history", HISTORIES)
def test_it_folds_an_earlier_mail_to_the_end(history: str) -> None:
    chunks = fold(f"{NEW}{history}{PLAIN_OLD}")
    assert [(chunk.text, chunk.is_quoted) for chunk in chunks] == [(NEW, False), (f"{history}{PLAIN_OLD}", True)]


def test_it_folds_answers_between_lines() -> None:
    chunks = fold("> one\nanswer\n> two\n\n> three\nanswer\n")
    assert [chunk.is_quoted for chunk in chunks] == [True, False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "2026年11月25日に申し込みました。\n開示してください。\n",
        "On Monday I wrote:\n",
        "彼は書きました\nと言う\n",
        "From: the beginning\nTo: the end\n",
        "差出人: 不明の手紙が来ました。\n調べてください。\n",
        "-----\n署名\n-----\n",
        "a > b\n",
        "",
    ],
)
def test_it_leaves_words_alone_that_only_look_so(text: str) -> None:
    assert not any(chunk.is_quoted for chunk in fold(text))


@pytest.mark.parametrize("text", [OLD, HISTORIES[0] + PLAIN_OLD, ATTRIBUTIONS[0] + OLD])
def test_it_folds_nothing_when_all_is_quoted(text: str) -> None:
    assert [(chunk.text, chunk.is_quoted) for chunk in fold(text)] == [(text, False)]


LINES = st.sampled_from(
    [*ATTRIBUTIONS, *HISTORIES, OLD, NEW, "> \n", "\n", "On ", "さんは", ":\n", "\r\n", "\u2028", "<"]
)


@given(st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=20))).map("".join)))
def test_it_loses_nothing(text: str) -> None:
    chunks = fold(text)
    assert "".join(chunk.text for chunk in chunks) == text
    assert not text or any(not chunk.is_quoted for chunk in chunks)


@pytest.mark.parametrize(
    "bomb",
    [
        "a" * 1_000_000,
        ">" * 1_000_000,
        "On " * 300_000,
        " " * 1_000_000,
        "-" * 1_000_000,
        "は書" * 300_000,
        "2026年1月1日" * 100_000,
        ("On " + "x" * 300 + "\n") * 3_000,
        ("2026/1/1 1:00 " + "<" * 300 + "\n") * 3_000,
        "From: a\n" * 100_000,
        "\n" * 500_000,
        ("-" * 300 + "\n") * 3_000,
    ],
)
def test_it_folds_a_bomb_in_bounded_time(bomb: str) -> None:
    began = time.monotonic()
    assert "".join(chunk.text for chunk in fold(bomb)) == bomb
    assert time.monotonic() - began < GENEROUS_S
