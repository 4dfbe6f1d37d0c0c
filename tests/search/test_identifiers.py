"""Identifiers: one form for each address, number and name, however it was typed."""

import pytest

from desk.search.identifiers import IdentifierKind, fingerprint, identifiers_of, read_email, read_name, read_phone
from desk.tickets.content import Contact
from desk.vault.keys import Vault


@pytest.mark.parametrize("text", ["03-1234-5678", "０３（１２３４）５６７８", "+81 3 1234 5678", "03 1234 5678"])
def test_it_reads_a_telephone_number_in_any_writing(text: str) -> None:
    assert read_phone(text) == "+81312345678"


@pytest.mark.parametrize("text", ["", "12345", "電話03-1234-5678", "99999999999999999999", "山田太郎"])
def test_it_takes_no_other_text_for_a_telephone_number(text: str) -> None:
    assert read_phone(text) is None


def test_it_reads_an_address_in_any_case_and_width() -> None:
    assert read_email(" Ｔaro.Yamada@Example.JP ") == "taro.yamada@example.jp"


@pytest.mark.parametrize("text", ["taro", "@example.jp", "taro@localhost", "a b@example.jp"])
def test_it_takes_no_other_text_for_an_address(text: str) -> None:
    assert read_email(text) is None


def test_it_reads_a_name_without_gaps() -> None:
    assert read_name("髙橋　ﾊﾅｺ") == read_name("高橋はなこ")
    assert read_name(" ・ ") is None


def test_it_lists_what_a_contact_is_known_by() -> None:
    contact = Contact(name="山田 太郎", reading="ヤマダ タロウ", email="taro@example.jp", phone="090-1234-5678")
    assert list(identifiers_of(contact)) == [
        (IdentifierKind.EMAIL, "taro@example.jp"),
        (IdentifierKind.PHONE, "+819012345678"),
        (IdentifierKind.NAME, "山田太郎"),
        (IdentifierKind.NAME, "やまだたろう"),
    ]


def test_it_fingerprints_kinds_apart() -> None:
    vault = Vault(b"p" * 32, None, b"i" * 32)
    assert fingerprint(vault, IdentifierKind.NAME, "x") != fingerprint(vault, IdentifierKind.EMAIL, "x")
