"""Where a mail goes, as a table of facts."""

import pytest

from desk.mail.models import Outcome
from desk.mail.routing import SPAM_FROM, Facts, Match, Reason, Verdict, route

KNOWN = Match(7, 70)
STAFF_MAIL = Match(None, 71)
"""A mail of the desk that belongs to no ticket: an invitation, a digest."""


@pytest.mark.parametrize(
    ("facts", "outcome", "reason"),
    [
        (Facts(), Outcome.NEW, None),
        (Facts(related=7), Outcome.NEW, None),
        (Facts(match=KNOWN, sender_is_party=True), Outcome.REPLY, None),
        (Facts(match=KNOWN, sender_is_party=True, verdict=Verdict.NONE), Outcome.REPLY, None),
        (Facts(match=KNOWN, sender_is_party=True, verdict=Verdict.PASS), Outcome.REPLY, None),
        (Facts(match=KNOWN), Outcome.QUARANTINED, Reason.OTHER_SENDER),
        (Facts(match=KNOWN, verdict=Verdict.PASS), Outcome.QUARANTINED, Reason.OTHER_SENDER),
        (Facts(match=KNOWN, sender_is_party=True, verdict=Verdict.FAIL), Outcome.QUARANTINED, Reason.NOT_GENUINE),
        (Facts(match=STAFF_MAIL), Outcome.NEW, None),
        (Facts(spam=SPAM_FROM), Outcome.QUARANTINED, Reason.SPAM),
        (Facts(spam=SPAM_FROM, speaks_of_rights=True), Outcome.NEW, None),
        (Facts(spam=SPAM_FROM, match=KNOWN, sender_is_party=True), Outcome.REPLY, None),
        (Facts(failed=KNOWN, is_report=True, is_automatic=True), Outcome.BOUNCE, None),
        (Facts(is_report=True, is_automatic=True, match=KNOWN), Outcome.BOUNCE, None),
        (Facts(is_report=True, is_automatic=True), Outcome.BOUNCE, Reason.AUTOMATIC),
        (Facts(is_automatic=True, match=KNOWN, sender_is_party=True), Outcome.AUTO_REPLY, None),
        (Facts(is_automatic=True), Outcome.AUTO_REPLY, Reason.AUTOMATIC),
        (Facts(is_own=True), Outcome.AUTO_REPLY, Reason.AUTOMATIC),
        (Facts(is_own=True, match=KNOWN, sender_is_party=True), Outcome.AUTO_REPLY, None),
    ],
)
def test_it_routes(facts: Facts, outcome: Outcome, reason: Reason | None) -> None:
    found = route(facts)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.is_held == (reason is not None)


def test_it_answers_nobody_but_a_genuine_new_sender() -> None:
    assert route(Facts()).may_answer
    assert route(Facts(verdict=Verdict.NONE)).may_answer
    assert not route(Facts(verdict=Verdict.FAIL)).may_answer
    for facts in (Facts(is_automatic=True), Facts(spam=99), Facts(match=KNOWN), Facts(is_own=True)):
        assert not route(facts).may_answer


def test_it_shows_staff_the_best_guess() -> None:
    assert route(Facts(match=KNOWN)).guess == 7
    assert route(Facts(related=9)).guess == 9
    assert route(Facts(is_automatic=True, related=9)).guess == 9
