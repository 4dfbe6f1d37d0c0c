"""One rule for e-mail addresses at every door: what a door takes can be sent to."""

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.accounts.staff import normal_email
from desk.addresses import BadAddress, check_address, is_mailable, plain_address
from desk.company.models import Company
from desk.db import db
from tests.people import browser_of, hire
from tests.web.api.calls import GOOD, call
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import CONTACT, CONTENT

GOOD_ONES = ["taro@example.jp", "a..b.@docomo.ne.jp", "cs@quote4.jp", "cs+1@quote4.jp", "a@日本語.jp"]
BAD_ONES = ["窓口@quote4.jp", "a@b..example", "a@.example", "a..b@example.jp", "taro@gmail", "a b@example.jp", "", "@"]


@pytest.mark.parametrize("address", GOOD_ONES)
def test_it_takes_what_mail_reaches(address: str) -> None:
    assert is_mailable(address)
    assert check_address(address)


@pytest.mark.parametrize(
    "address", [*BAD_ONES, "ｃｓ@quote4.jp", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 9}.jp"]
)
def test_it_takes_nothing_else(address: str) -> None:
    assert not is_mailable(address)


@given(st.text(max_size=20), st.text(max_size=20))
@example("ａ", "ｂ.ｊｐ")
def test_what_it_takes_is_never_refused_when_it_is_sent(local: str, domain: str) -> None:
    for address in (f"{local}@{domain}", plain_address(f"{local}@{domain}")):
        if is_mailable(address):
            check_address(address)


def test_staff_addresses_are_narrow_and_small() -> None:
    assert normal_email(" ＣＳ@Quote4.jp ") == "cs@quote4.jp"
    for address in BAD_ONES:
        with pytest.raises(BadAddress):
            normal_email(address)


@pytest.mark.parametrize("address", [address for address in BAD_ONES if address])
def test_no_door_takes_it(app: Flask, address: str) -> None:
    admin = browser_of(app, hire(app, Role.ADMIN))
    for path in ("/admin/company", "/admin/staff/invite"):
        form = form_in(admin.get(path), path)
        name = "contact_email" if "contact_email" in form.fields else "email"
        assert send(admin, form, **{"name": "新人", "role": "agent", name: address}).status_code == 400
    client = app.test_client()
    page = send(client, form_in(client.get("/requests/new?kind=K40")), **CONTENT)
    if " " not in address:  # a space is taken out there
        assert send(client, form_in(page), **(CONTACT | {"email": address})).status_code == 422
        assert call(client, GOOD | {"email": address}).status_code == 422


def test_every_door_understands_full_width_letters(app: Flask) -> None:
    admin = browser_of(app, hire(app, Role.ADMIN))
    form = form_in(admin.get("/admin/company"), "/admin/company")
    assert send(admin, form, contact_email="ｃｓ＠ｑｕｏｔｅ４．ｊｐ").status_code == 303
    form = form_in(admin.get("/admin/staff/invite"), "/admin/staff/invite")
    assert send(admin, form, email="ｓｈｉｎ＠ｑｕｏｔｅ４．ｊｐ", name="新人", role="agent").status_code == 303
    client = app.test_client()
    page = send(client, form_in(client.get("/requests/new?kind=K40")), **CONTENT)
    page = send(client, form_in(page), **(CONTACT | {"email": "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"}))
    assert send(client, form_in(page)).status_code == 303
    assert call(client, GOOD | {"email": "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"}).status_code == 201
    with app.app_context():
        assert db.session.scalars(select(Company.contact_email)).one() == "cs@quote4.jp"
        assert db.session.scalar(select(Staff.id).where(Staff.email == "shin@quote4.jp")) is not None
