"""Tokens: two signs suffice, another key makes other tokens, without the key there are none."""

import pytest

from desk.search.tokens import pairs, terms_of, tokens_of
from desk.vault.keys import Unreadable, Vault

ONE, OTHER = (Vault(b"p" * 32, None, bytes([n]) * 32) for n in (1, 2))


def test_it_pairs_signs_within_words_only() -> None:
    assert pairs("ab cde f") == {"ab", "cd", "de"}


def test_it_makes_signed_32_bit_numbers_without_repetition() -> None:
    tokens = tokens_of(["個人情報の削除", "個人情報の開示"], ONE)
    assert tokens == sorted(set(tokens))
    assert len(tokens) == len({*["個人", "人情", "情報", "報の", "の削", "削除", "の開", "開示"]})
    assert all(-(1 << 31) <= token < 1 << 31 for token in tokens)


def test_it_depends_on_the_index_key() -> None:
    assert not set(tokens_of(["個人情報"], ONE)) & set(tokens_of(["個人情報"], OTHER))


def test_it_refuses_without_the_index_key() -> None:
    with pytest.raises(Unreadable):
        tokens_of(["個人情報"], Vault(b"p" * 32, None, None))


def test_it_divides_a_query_at_spaces_of_any_width() -> None:
    assert terms_of("　苦情 カード、明細 ！") == ["苦情", "かーど明細"]
