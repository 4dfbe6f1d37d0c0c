"""The other language shows the same step with every answer, and the same receipt."""

import io
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk.db import db
from desk.tickets.models import Ticket
from tests.services.browser import Visitor, follow
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import CONTACT, CONTENT, PNG, submit


def test_it_changes_the_language_on_every_step_and_loses_nothing(app: Flask, client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=C34")
    page = switch(client, page, to="/en", **CONTENT, about="会員情報", uploads=[(io.BytesIO(PNG), "a.png")])
    assert 'lang="en"' in page.text
    assert "a.png" in page.text
    kept = form_in(page)
    assert kept.fields["body"] == CONTENT["body"]
    assert (kept.fields["about"], kept.fields["population"]) == ("会員情報", "user")
    page = switch(client, send(client, kept), to="", **CONTACT, acts="agent", agent_name="鈴木 代理")
    kept = form_in(page)
    assert "確認画面へ進む" in page.text
    assert (kept.fields["name"], kept.fields["agent_name"]) == (CONTACT["name"], "鈴木 代理")
    page = switch(client, send(client, kept, acts="self"), to="/en")
    assert "Is this what you want to send?" in page.text
    assert send(client, form_in(page)).location == "/en/requests/receipt"
    with app.app_context():
        assert db.session.scalars(select(Ticket.language)).one() == "en"


def switch(client: FlaskClient, page, *, to: str, **answers):  # type: ignore[no-untyped-def]
    """Press the language button of a form's page with some answers filled in."""
    form = form_in(page, "/requests/new")
    assert f'formaction="{to}/requests/new" name="go" value="stay"' in page.text
    form.action = f"{to}/requests/new"
    changed = send(client, form, go="stay", **answers)
    assert changed.status_code == 200
    return changed


@pytest.mark.parametrize(("prefix", "words"), [("", "Your message has arrived"), ("/en", "内容は確かに届いています")])
def test_it_shows_the_receipt_in_the_other_language(client: FlaskClient, prefix: str, words: str) -> None:
    receipt = client.get(submit(client, prefix=prefix).location)
    other = client.get("/requests/receipt" if prefix else "/en/requests/receipt")
    assert (receipt.status_code, other.status_code) == (200, 200)
    assert words in other.text


def test_it_offers_a_link_elsewhere(client: FlaskClient) -> None:
    assert 'href="/en/requests/new?kind=nothing"' in client.get("/requests/new?kind=nothing&token=secret").text
    assert 'href="/en/"' in client.get("/?a=secret").text
    assert "secret" not in client.get("/?a=secret").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_browser_keeps_what_is_typed_and_enter_still_goes_on(live: str, visitor: Visitor, scripts: bool) -> None:
    page = visitor.open(java_script_enabled=scripts).new_page()
    page.goto(f"{live}/requests/new?kind=C34")
    page.fill("textarea[name=body]", "住所が違います")
    follow(page, ".frame-language button[lang=en]")
    assert urlsplit(page.url).path == "/en/requests/new"
    assert page.input_value("textarea[name=body]") == "住所が違います"
    page.check("input[name=population][value=user]")
    page.press("input[name=about]", "Enter")
    page.wait_for_selector("input[name=email]")
    assert urlsplit(page.url).path == "/en/requests/new"
