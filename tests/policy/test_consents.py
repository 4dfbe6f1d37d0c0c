"""Which purposes apply to data that was acquired before they came: by notice where that is enough, else by consent."""

from itertools import product

import pytest

from desk.policy.consents import follow_versions
from desk.policy.models import PolicyVersion


def version(number: int, *, needs_consent: bool) -> PolicyVersion:
    return PolicyVersion(id=number, number=number, needs_consent=needs_consent)


@pytest.mark.parametrize(
    ("needs", "consented", "applies", "withheld"),
    [
        ([], set(), 1, None),
        ([False], set(), 2, None),
        ([True], set(), 1, 2),
        ([True], {2}, 2, None),
        ([False, True], set(), 2, 3),
        ([True, False], set(), 1, 2),
        ([True, False], {2}, 3, None),
        ([True, True], {2}, 2, 3),
        ([True, True], {3}, 3, None),
        ([True, False, True], {4}, 4, None),
        ([True], {9}, 1, 2),
    ],
)
def test_it_follows_the_versions(needs: list[bool], consented: set[int], applies: int, withheld: int | None) -> None:
    later = [version(number, needs_consent=one) for number, one in enumerate(needs, start=2)]
    found, left = follow_versions(version(1, needs_consent=True), later, consented)
    assert (found.number, left.number if left else None) == (applies, withheld)


def test_nothing_beyond_a_consent_that_was_not_given_applies() -> None:
    for needs in product([True, False], repeat=4):
        later = [version(number, needs_consent=one) for number, one in enumerate(needs, start=2)]
        for given in product([True, False], repeat=4):
            consented = {row.id for row, is_given in zip(later, given, strict=True) if is_given}
            applies, _withheld = follow_versions(version(1, needs_consent=False), later, consented)
            upto = [row for row in later if row.id <= applies.id]
            open_ones = [row for row in upto if row.needs_consent and not any(one >= row.id for one in consented)]
            assert open_ones == [], (needs, consented)
