"""A form that another site sends in a person's browser: it may bring words, never a secret that it knows."""

import pytest
from flask.testing import FlaskClient

from desk.vault.seal import new_token
from tests.web.pages import form_in


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
