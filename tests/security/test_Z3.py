"""Z3: search, queue, counts, figures and their sheet reveal a case only to those who may read it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from desk.accounts.permissions import Role
from desk.tickets.content import Contact, Said
from desk.tickets.references import grouped
from tests.cases import open_one
from tests.house.test_permissions import paths
from tests.people import browser_of, hire, proof
from tests.test_typeset import words_of
from tests.web.public.people import enter, give_code, open_case

NAME, EMAIL, WORD, NUMBER = "銀鏡 冴子", "saeko@secret.example", "蜃気楼の領収書", "090-5555-1234"


@pytest.fixture
def ref(app: Flask) -> str:
    """A case whose every word is rare."""
    person = Contact(name=NAME, reading="しろみ さえこ", email=EMAIL, phone=NUMBER)
    with app.app_context():
        return open_one(person=person, said=Said(WORD)).ref


def leaks(text: str, ref: str) -> list[str]:
    words = (NAME, EMAIL, WORD, NUMBER, ref, grouped(ref))
    return [word for word in words if word in text or "".join(word.split()) in text]


def text_of(answer: TestResponse) -> str:
    """Return what an answer says, of a PDF what is printed on it."""
    return words_of(answer.data) if answer.content_type == "application/pdf" else answer.text


def pages_of(app: Flask, client: FlaskClient, ref: str) -> dict[str, str]:
    """Return everything that somebody can read by address, with the case's own reference filled in."""
    return {
        path: text_of(client.get(path))
        for method, asked, _permission in paths(app)
        if method == "GET"
        for path in (asked.replace("/tickets/x", f"/tickets/{ref}"),)
    }


def test_an_agent_finds_the_case_by_every_road(app: Flask, ref: str) -> None:
    client = browser_of(app, hire(app, Role.AGENT))
    assert {NAME, WORD} <= set(leaks(client.get("/staff/").text, ref))
    page = client.get(f"/staff/tickets/{ref}").text
    assert {NAME, EMAIL, WORD, NUMBER} <= set(leaks(page, ref))
    token = proof(client, "/staff/search")
    assert client.post("/staff/search", data={"csrf_token": token, "q": ref}).location == f"/staff/tickets/{ref}"


@pytest.mark.parametrize("role", [None, Role.ADMIN], ids=["anonymous", "admin"])
def test_who_may_not_read_cases_learns_of_none(app: Flask, ref: str, role: Role | None) -> None:
    client = browser_of(app, hire(app, role) if role else None)
    for path, text in pages_of(app, client, ref).items():
        assert leaks(text.replace(path, ""), ref) == [], path
    token = proof(client, "/account" if role else "/sign-in")
    for words in (ref, NAME, EMAIL, WORD, NUMBER):
        answer = client.post("/staff/search", data={"csrf_token": token, "q": words})
        assert answer.status_code in {303, 403}
        assert answer.status_code == 403 or answer.location.startswith("/sign-in")
        assert leaks(answer.text, ref) == []


@pytest.mark.parametrize("role", [None, Role.ADMIN], ids=["anonymous", "admin"])
def test_a_reference_that_is_one_looks_like_any_other(app: Flask, ref: str, role: Role | None) -> None:
    client = browser_of(app, hire(app, role) if role else None)
    true, made_up = (client.get(f"/staff/tickets/{each}") for each in (ref, "ZZZZZZZZZZZZ"))
    assert true.status_code == made_up.status_code
    assert "ETag" not in true.headers
    assert bare(true.text).replace(ref, "") == bare(made_up.text).replace("ZZZZZZZZZZZZ", "")


def test_a_person_reads_nothing_of_another_case(app: Flask, client: FlaskClient, ref: str) -> None:
    own = open_case(app)
    enter(client, own.token)
    give_code(app, client)
    for path, text in pages_of(app, client, ref).items():
        assert leaks(text.replace(path, ""), ref) == [], path


def test_figures_tell_counts_and_no_cases_to_who_reads_both(app: Flask, ref: str) -> None:
    client = browser_of(app, hire(app, Role.AUDITOR))
    year = "/manager/inspections/2025"
    for path in ("/manager/", "/manager/response-times.csv", year, f"{year}/record.json", f"{year}/record.pdf"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert leaks(text_of(answer), ref) == [], path
    agent = browser_of(app, hire(app, Role.AGENT))
    for path in ("/manager/", "/manager/response-times.csv", "/manager/tickets?part=received"):
        assert agent.get(path).status_code == 403


def bare(text: str) -> str:
    """Return a page without what differs each time: tokens and the number of the error."""
    return re.sub(r'value="[^"]*"|<code>[^<]*</code>|[0-9a-f]{8,}', "", text)
