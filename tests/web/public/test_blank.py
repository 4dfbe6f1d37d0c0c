"""The empty form is made once; each visitor's copy holds their own secrets, and the company's words as they are now."""

import re
from time import sleep

from flask import Flask

from desk.company.models import Company
from desk.company.profile import RECENT_S
from desk.db import db
from desk.transaction import transaction
from tests.web.pages import form_in

SECRETS = ("token", "stamp", "csrf_token")


def test_it_gives_each_visitor_their_own_secrets_and_nothing_of_anothers(app: Flask) -> None:
    pages = [app.test_client().get("/requests/new?kind=K40") for _ in range(3)]
    forms = [form_in(page).fields for page in pages]
    for name in SECRETS:
        assert len({fields[name] for fields in forms}) == (3 if name != "stamp" else len({f["stamp"] for f in forms}))
    for number, page in enumerate(pages):
        for other, fields in enumerate(forms):
            if other != number:
                assert fields["token"] not in page.text
                assert fields["csrf_token"] not in page.text
    plain = [
        re.sub("|".join(re.escape(fields[name]) for name in SECRETS), "*", page.text)
        for page, fields in zip(pages, forms, strict=True)
    ]
    assert plain[0] == plain[1] == plain[2]


def test_it_shows_nobody_the_address_that_another_came_by(app: Flask) -> None:
    first = app.test_client().get(
        "/requests/new?kind=C34&kind=secret&utm_source=secret", headers={"Referer": "https://news.example/secret"}
    )
    assert "secret" not in first.text
    second = app.test_client().get("/requests/new?kind=C34")
    assert "secret" not in second.text
    assert form_in(first).fields["stamp"] not in second.text


def test_it_follows_the_company_within_a_second(app: Flask) -> None:
    assert "株式会社for Crafts" in app.test_client().get("/requests/new?kind=D33").text
    with app.app_context(), transaction():
        db.session.query(Company).update({"name_ja": "株式会社<b>あたらしい</b>"})
    sleep(RECENT_S)
    page = app.test_client().get("/requests/new?kind=D33").text
    assert "株式会社&lt;b&gt;あたらしい" in page
    assert "for Crafts" not in page
