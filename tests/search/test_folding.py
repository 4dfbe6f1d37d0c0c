"""Spellings that people mix are one to the index."""

import pytest

from desk.search.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("齋藤", "斉藤"),
        ("ﾀﾅｶ ﾊﾅｺ", "タナカハナコ"),
        ("ｶﾞｷﾞｸﾞ", "がぎぐ"),
        ("タナカ", "たなか"),
        ("ＡＢＣ１２３", "abc123"),
        ("Straße", "STRASSE"),
        ("葛\U000e0100飾区", "葛飾区"),
        ("山\u200b田", "山田"),
        ("山田　太郎", "山田太郎"),
        ("個人\n情報", "個人情報"),
        ("ジョン・スミス", "ジョンスミス"),
    ],
)
def test_it_makes_spellings_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_it_keeps_the_words_of_other_scripts_apart() -> None:
    assert fold("Please, delete\tmy e-mail.") == "please delete my e mail"


def test_it_keeps_different_words_different() -> None:
    assert len({fold(word) for word in ("訂正", "削除", "か", "が", "おー", "お")}) == 6
