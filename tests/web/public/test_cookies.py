"""The list of cookies is whole and true: each is set by the page that it speaks of, for as long as it says, and no other is."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from desk import clock
from desk.accounts.permissions import Role
from desk.clock import TOKYO
from desk.db import db
from desk.events.trail import DESK
from desk.handling.policies import adopt_policy, import_policy
from desk.handling.services import ServiceWords, add_service, record_check
from desk.policy.models import OutsideService
from desk.policy.placing import Relation
from desk.transaction import transaction
from desk.web.cookies import COOKIES, bare_name
from tests.moment import travel_to
from tests.people import PASSWORD, hire
from tests.web.public.people import csrf_of, enter, give_code, open_case
from tests.web.public.test_request_form import submit

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_text()


class Recorder:
    """Keeps what answers set: name, life in seconds (None: until the browser is closed) and attributes."""

    def __init__(self, app: Flask) -> None:
        self.kept: dict[str, tuple[int | None, set[str]]] = {}
        self._inner = app.wsgi_app
        app.wsgi_app = self._watch  # type: ignore[method-assign]

    def _watch(self, environ: Any, start: Any) -> Any:
        def note(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            for name, value in headers:
                if name == "Set-Cookie":
                    self._note(value)
            return start(status, headers, *more)

        return self._inner(environ, note)

    def _note(self, line: str) -> None:
        first, *rest = [part.strip() for part in line.split(";")]
        name, _, value = first.partition("=")
        life = next((int(part[8:]) for part in rest if part.lower().startswith("max-age=")), None)
        if value.strip('"'):
            self.kept[bare_name(name)] = (life, {part.split("=")[0].lower() for part in rest})


def test_each_is_set_and_no_other(app: Flask, client: FlaskClient) -> None:
    recorder = Recorder(app)
    submit(client)
    case = open_case(app)
    enter(client, case.token)
    give_code(app, client)
    hire(app, Role.AGENT)
    data = {"email": "agent@desk.example", "password": PASSWORD, "csrf_token": csrf_of(client.get("/sign-in"))}
    assert client.post("/sign-in", data=data).status_code == 303
    assert set(recorder.kept) == {one.name for one in COOKIES}
    for one in COOKIES:
        life, attributes = recorder.kept[one.name]
        assert {"httponly", "samesite", "path"} <= attributes, one.name
        assert str(one.life) == ("ブラウザーを閉じるまで" if life is None else f"{life // 60}分"), (one.name, life)


def test_the_page_says_them_in_both_languages(client: FlaskClient) -> None:
    japanese, english = client.get("/cookies").text, client.get("/en/cookies").text
    for one in COOKIES:
        assert (f">{one.name}<" in japanese) == one.is_public
    assert "30 minutes" in english
    assert "外部のサービス" not in japanese


def test_what_the_policy_says_stands_beside(app: Flask, client: FlaskClient) -> None:
    assert "プライバシーポリシーでの説明" not in client.get("/cookies").text
    for content, on in ((SAMPLE, date(2024, 4, 1)), (SAMPLE.replace("Cookie", "ブラウザ"), date(2025, 4, 1))):
        with app.app_context(), transaction():
            row, _is_new = import_policy(
                content.replace("また、", "なお、クッキーで、").encode(), actor=DESK, now=clock.now()
            )
            db.session.flush()
            adopt_policy(row, on, version=1, actor=DESK, now=clock.now())
        with travel_to(datetime.combine(on, time(12), TOKYO)):
            page = client.get("/cookies").text
            assert "なお、クッキーで、速度と安全のために" in page  # its own article, else the one that mentions them
            assert "お預かりする個人情報の項目" not in page
    assert 'lang="ja"' in client.get("/en/cookies").text


def test_what_is_known_of_the_services_stands_beside(app: Flask, client: FlaskClient) -> None:
    for name, relation, does in (
        ("見本解析", Relation.TRANSMISSION, "利用状況の分析"),
        ("見本サーバー", Relation.ENTRUSTMENT, "保管"),
        ("未記入", Relation.UNDECIDED, ""),
    ):
        words = ServiceWords(name, relation, does, "閲覧したページ", "米国", "", "", None, None, is_used=True)
        with app.app_context(), transaction():
            number = add_service(words, actor=DESK, now=clock.now())
            for on, seen in ((date(2026, 5, 1), "広告の機能は無効"), (date(2025, 5, 1), "古い確認")):
                service = db.session.get_one(OutsideService, number)
                record_check(service, seen, on, None, actor=DESK, now=clock.now())
    page = client.get("/cookies").text
    assert "見本解析" in page
    assert "利用状況の分析" in page
    assert "広告の機能は無効" in page
    assert "2026年5月1日（金）に確認" in page
    assert "古い確認" not in page
    assert "見本サーバー" not in page
    assert "未記入" not in page
