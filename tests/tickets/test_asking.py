"""What a person may ask: the kinds of the day, and somebody who can be written to."""

from datetime import date

import pytest

from desk.handling.kinds import askable_kinds
from desk.tickets.asking import MORE_KINDS, PUBLIC_KINDS, Asked, Problem, check
from desk.tickets.content import Contact, correspondent

TODAY = date(2026, 11, 25)
KINDS = askable_kinds(TODAY, "K40")


def asked(**answers: str) -> Asked:
    """Return a whole form with some answers changed."""
    good = {"kind": "K40", "population": "user", "body": "内容", "name": "山田 花子", "email": "hanako@example.jp"}
    return Asked(**{**good, **answers})


def agent(relation: str, **answers: str) -> Asked:
    return asked(acts="agent", agent_name="代理 太郎", agent_relation=relation, **answers)


def test_kinds_whose_source_is_not_checked_are_not_offered() -> None:
    assert {*PUBLIC_KINDS, *MORE_KINDS} - {"N-COOKIE", "N-APPL"} == KINDS
    assert check(asked(), KINDS) == {}
    assert check(asked(kind="N-COOKIE"), KINDS) == {"kind": Problem.NOT_A_CHOICE}


BY_MAIL, BY_POST = {"agent_email": "dairi@example.jp"}, {"agent_address": "東京都港区1-1"}
NOBODY = {"email": ""}
HOME = {"email": "", "address": "東京都千代田区1-1"}


@pytest.mark.parametrize(
    ("relation", "answers", "wrong", "reached"),
    [
        ("statutory", {}, "agent_email", None),
        ("lawyer", {}, "agent_email", None),
        ("lawyer", HOME, "agent_email", None),
        ("lawyer", NOBODY, "agent_email", None),
        ("statutory", BY_MAIL, None, "dairi@example.jp"),
        ("statutory", BY_POST, None, "東京都港区1-1"),
        ("lawyer", NOBODY | BY_POST, None, "東京都港区1-1"),
        ("appointed", {}, None, "hanako@example.jp"),
        ("appointed", HOME, None, "東京都千代田区1-1"),
        ("appointed", HOME | BY_POST, None, "東京都港区1-1"),
        ("appointed", NOBODY | BY_POST, None, "東京都港区1-1"),
        ("other", NOBODY | BY_MAIL, None, "dairi@example.jp"),
        ("other", NOBODY, "email", None),
    ],
)
def test_whoever_the_desk_writes_to_can_be_reached(
    relation: str, answers: dict[str, str], wrong: str | None, reached: str | None
) -> None:
    form = agent(relation, **answers)
    assert list(check(form, KINDS)) == ([wrong] if wrong else [])
    if reached:
        to = correspondent(form.person(), form.agent())
        assert reached in (to.email, to.address)


def test_papers_may_go_to_the_agent() -> None:
    papers = {"kind": "D33", "method": "paper"}
    assert check(asked(**papers), KINDS) == {"address": Problem.ADDRESS_FOR_PAPER}
    assert check(agent("lawyer", **papers, **BY_POST), KINDS) == {}


def test_an_agent_of_the_person_who_cannot_be_reached_is_passed_over() -> None:
    person = Contact(name="山田 花子", address="東京都千代田区1-1")
    assert correspondent(person, Contact(name="代理", relation="appointed")) == person
