"""The request form on paper says what the procedure page says, in both languages, by what is settled now."""

import sys

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from desk import clock
from desk.accounts.permissions import Role
from desk.company.models import Company
from desk.db import db
from desk.law.regimes import REGIME, get_regime
from desk.transaction import transaction
from desk.web.public import paper_form
from tests.people import browser_of, hire
from tests.test_typeset import words_of
from tests.web.public.test_procedure import settle

JA, EN = "/procedure/form.pdf", "/en/procedure/form.pdf"


def test_it_has_room_for_everything_that_a_request_needs(client: FlaskClient) -> None:
    answer = client.get(JA)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    words = words_of(answer.data)
    kinds = [one.name for one in get_regime(REGIME).active_kinds(clock.today()) if one.statutory]
    wanted = ["株式会社for Crafts", "お名前", "ご住所", "ご本人との関係", "運転免許証", "手数料はかかりません。"]
    for text in [one.ja for one in kinds] + wanted:
        assert "".join(text.split()) in words, text
    english = words_of(client.get(EN).data)
    for text in [one.en for one in kinds] + ["Name", "Address", "Driving licence", "There is no fee."]:
        assert "".join(text.split()) in english, text


def test_it_says_what_is_settled_now(app: Flask, client: FlaskClient) -> None:
    before = words_of(client.get(JA).data)
    assert "cs@quote4.jpまでお尋ねください" in before
    admin = browser_of(app, hire(app, Role.ADMIN))
    assert settle(admin, fee_yen="1000") == 303
    with app.app_context(), transaction():
        db.session.execute(update(Company).values(postal_code="100-0001", address_ja="東京都千代田区1-1"))
    after = words_of(client.get(JA).data)
    for text in ("1,000円（税込）", "〒100-0001東京都千代田区1-1株式会社forCrafts個人情報窓口"):
        assert text in after
    assert "お尋ねください" not in after


def test_the_procedure_page_leads_to_it(client: FlaskClient) -> None:
    assert f'href="{JA}"' in client.get("/procedure").text
    assert f'href="{EN}"' in client.get("/en/procedure").text


def test_a_form_that_cannot_be_made_is_said(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    paper_form._made.cache_clear()
    assert client.get(JA).status_code == 503
