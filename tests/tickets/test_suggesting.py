"""What a text is probably about, and why."""

import pytest

from desk.law.regimes import get_regime
from desk.tickets.models import Population
from desk.tickets.suggesting import _rules, language_of, speaks_of_rights, suggest, unwanted_points

KINDS = frozenset(get_regime("jp-appi").kinds)


@pytest.mark.parametrize(
    ("text", "kind", "population"),
    [
        ("私の個人情報の開示請求をします。", "D33", Population.OTHER),
        ("登録している住所が違います。訂正してください。", "C34", Population.USER),
        ("退会したので、個人情報を削除してください。", "S355", Population.USER),
        ("アカウントの削除をお願いします", "N-ACCT", Population.USER),
        ("メルマガの配信停止をお願いします", "N-UNSUB", Population.USER),
        ("私の情報を何に使っていますか。", "P32", Population.OTHER),
        ("誰に渡したのか、第三者提供記録を見せてください", "T33", Population.OTHER),
        ("無断で電話番号を使われました。抗議します。", "K40", Population.OTHER),
        ("採用選考で送った履歴書の扱いを教えてください", "N-GEN", Population.APPLICANT),
        ("弊社との取引の担当者について", "N-GEN", Population.PARTNER),
        ("こんにちは", "N-GEN", Population.OTHER),
        ("", "N-GEN", Population.OTHER),
        ("Please delete my personal data.", "S355", Population.OTHER),
        ("This is a subject access request: send me a copy of my data", "D33", Population.OTHER),
        ("Ｐｌｅａｓｅ　ＤＥＬＥＴＥ　ＭＹ　ＡＣＣＯＵＮＴ", "N-ACCT", Population.USER),
    ],
)
def test_it_suggests(text: str, kind: str, population: Population) -> None:
    found = suggest(text, KINDS)
    assert (found.kind, found.population) == (kind, population)


def test_it_shows_the_words_that_decided() -> None:
    assert suggest("保有個人データの開示を求めます", KINDS).words == ("開示を求め", "保有個人データの開示")


def test_it_suggests_no_kind_that_is_not_offered() -> None:
    assert suggest("開示請求をします", KINDS - {"D33"}).kind == "N-GEN"


def test_every_rule_is_for_a_kind_that_there_is_and_written_as_it_is_compared() -> None:
    assert _rules().kinds.keys() <= KINDS
    assert _rules().populations.keys() <= set(Population)
    for words in (*_rules().kinds.values(), *_rules().populations.values(), _rules().unwanted):
        for word, points in words.items():
            assert word == " ".join(word.casefold().split())
            assert points > 0


def test_it_tells_languages() -> None:
    assert [language_of(text) for text in ("こんにちは", "Hello", "", "123", "Hello 山田")] == [
        "ja",
        "en",
        "ja",
        "ja",
        "ja",
    ]


def test_it_tells_advertising_from_requests() -> None:
    assert unwanted_points("SEO対策と被リンクのご案内") >= 5
    assert not speaks_of_rights("SEO対策と被リンクのご案内")
    assert speaks_of_rights("カジノの広告を送らないで。配信停止してください")
