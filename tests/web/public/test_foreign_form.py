"""A form that another site sends in a person's browser: it may bring words, never a secret that it knows."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk.attachments.models import Attachment
from desk.db import db
from desk.vault.seal import new_token
from tests.web.pages import form_in
from tests.web.public.people import enter, open_case
from tests.web.public.test_request_form import PNG


@pytest.mark.parametrize(("site", "kept"), [("cross-site", False), ("same-site", False), ("same-origin", True)])
def test_it_keeps_the_forms_secret_only_for_its_own_pages(client: FlaskClient, site: str, kept: bool) -> None:
    secret = new_token()
    data = {"kind": "K40", "step": "content", "token": secret, "csrf_token": "old", "body": "届いた言葉"}
    answer = client.post("/requests/new", data=data, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 400
    form = form_in(answer, "/requests/new")
    assert form.fields["body"] == "届いた言葉"
    assert (form.fields["token"] == secret) is kept
    assert len(form.fields["token"]) >= 40


@pytest.mark.parametrize(("site", "kept"), [("cross-site", False), (None, False), ("same-origin", True)])
@pytest.mark.parametrize("path", ["/requests/new", "/s/messages"])
def test_a_form_that_is_too_old_keeps_its_files_or_says_that_it_does_not(
    app: Flask, client: FlaskClient, path: str, site: str | None, kept: bool
) -> None:
    enter(client, open_case(app).token)
    secret = new_token()
    data = {"kind": "K40", "step": "content", "token": secret, "nonce": secret, "csrf_token": "old", "text": "言葉"}
    headers = {"Sec-Fetch-Site": site} if site else {}
    for upload, lost in (((io.BytesIO(PNG), "証拠.png"), not kept), ((io.BytesIO(b""), ""), False)):
        answer = client.post(path, data=data | {"uploads": upload}, headers=headers)
        assert answer.status_code == 400
        assert ("証拠.png" in answer.text) is kept
        assert ("もう一度選んでください" in answer.text) is lost
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == int(kept)
