"""Every kind of alert has its own words on the administrator's page, in both languages."""

import re

import pytest
from flask import Flask

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db
from desk.events import trouble
from desk.events.alerts import open_alert
from desk.mail import caps, channel, late
from desk.transaction import transaction
from tests.people import browser_of, hire

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KINDS = ("mail_dead", "mail_uncertain", channel.ALERT, late.ALERT, caps.PER_ADDRESS, caps.PER_HOUR, *trouble.KINDS)
UNKNOWN = {"ja": "確認が必要なことがあります", "en": "Something needs your attention"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_says_what_each_is(app: Flask, language: str) -> None:
    browser = browser_of(app, hire(app, Role.ADMIN))
    with app.app_context(), transaction():
        db.session.query(Staff).update({"language": language})
        for kind in KINDS:
            open_alert(kind, 0, clock.now())
    page = browser.get("/admin/alerts").text
    main = page[page.index("<main") : page.index("</main>")]
    assert main.count("/acknowledge") == len(KINDS)
    assert UNKNOWN[language] not in main
    assert bool(re.search(r"[ぁ-んァ-ヶ]", main)) is (language == "ja")
