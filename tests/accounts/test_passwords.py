"""Which passwords are taken, and what is stored of them."""

import pytest
from argon2 import extract_parameters

from desk.accounts.passwords import (
    LEAST,
    MOST,
    NOBODY,
    WeakPassword,
    check_strength,
    hash_password,
    matches,
    one_time_password,
)

GOOD = "a staple, a horse, a battery"


@pytest.mark.parametrize(
    "password",
    [GOOD, "さくらの木の下で会いましょう", "x7!kQ2#mW9$z", "abcde" + "f" * (MOST - 5), "  leading and trailing  "],
)
def test_it_takes_what_is_long_and_not_everybodys(password: str) -> None:
    assert matches(hash_password(password), password)


@pytest.mark.parametrize(
    "password",
    [
        "", "x7!kQ2#mW9$", "x" * 40, "abababababababab", "abcde" * 41, "password1234", "Passw0rdPassw0rd", "adminadminadmin1",
        "123456789012", "qwertyuiop12", "madoguchi2026", "MADOGUCHI-admin", "sakura123456",
    ],
)  # fmt: skip
def test_it_refuses_what_is_short_or_tried_first(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(password)
    with pytest.raises(WeakPassword):
        hash_password(password)


def test_it_stores_argon2id_with_a_salt_of_its_own() -> None:
    one, other = hash_password(GOOD), hash_password(GOOD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert GOOD not in one


def test_it_works_as_hard_for_nobody() -> None:
    assert extract_parameters(NOBODY) == extract_parameters(hash_password(GOOD))


@pytest.mark.parametrize(
    "stored",
    [None, "", "x", "$argon2id$broken", hash_password("another long enough phrase")],
    ids=["none", "empty", "letter", "broken", "another's"],
)
def test_it_matches_nothing_but_its_own(stored: str | None) -> None:
    assert not matches(stored, GOOD)
    assert not matches(stored, "")


def test_it_makes_up_passwords_that_it_would_take() -> None:
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_strength(password)
        assert len(password) >= LEAST
        assert not set(password) & set("01ilo"), "somebody reads it off a screen"
