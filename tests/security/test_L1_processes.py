"""L1: a canary in all that people type, through every process of a desk at work: in no line, no log, no Redis, no file."""

import io
import re
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from desk.accounts.permissions import Role
from desk.app import create_app
from desk.config import read_config
from desk.db import db, new_id
from desk.tickets.content import Contact, Said
from desk.tickets.models import Party, PartyRole
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import open_one
from tests.people import PASSWORD, proof, try_sign_in
from tests.services.postgres import PostgresServer
from tests.services.smtp import Fault, Received, SmtpServer, Stage
from tests.services.valkey import RedisServer
from tests.web.pages import form_in, send
from tests.web.production import Production, in_production, production_settings
from tests.web.public.people import enter, post
from tests.web.public.test_request_form import walk

TAG = "kanarie7f3a9c2b41"
"""In everything that is typed; small letters, since addresses and the index fold them."""
MAIL, STAFF_MAIL = f"{TAG}@person.example", f"{TAG}@desk.example"
DIGITS = "73518264"
PHONE = f"090-{DIGITS[:4]}-{DIGITS[4:]}"
ORIGIN = "203.0.113.77"
HEADERS = {"User-Agent": f"Browser/{TAG}", "Referer": f"https://example.jp/{TAG}", "X-Forwarded-For": ORIGIN}
TYPED = {
    "body": f"{TAG} の領収書",
    "about": f"会員 {TAG}",
    "name": f"銀鏡 {TAG}",
    "reading": TAG,
    "company": TAG,
    "department": TAG,
    "address": f"東京都 {TAG}",
    "phone": PHONE,
    "email": MAIL,
}
WRONG = f"wrong password of {TAG}"


@dataclass
class Walk:
    """The desk, its peer, and the secrets that became known on the way."""

    desk: Production
    peer: SmtpServer
    secrets: list[str] = field(default_factory=lambda: [TAG, PHONE, PHONE[4:], f"90{DIGITS}", ORIGIN, PASSWORD])
    ref: str = ""
    read: int = 0

    def next_mail(self) -> str:
        """Wait for one more mail and return its text."""
        self.read += 1
        received: Received = self.peer.wait_for(self.read)[self.read - 1]
        return str(message_from_bytes(received.content, policy=policy.default).get_content())


def person_goes(walked: Walk) -> None:
    """Send the form, follow the link, give the code, add a message, lose the link to a mailbox that is refused."""
    client = walked.desk.person(**HEADERS)
    review = form_in(walk(client, **TYPED, uploads=[(io.BytesIO(f"{TAG} めも".encode()), f"{TAG}.txt")]))
    time.sleep(3.1)  # nobody reads and fills the form in less
    assert send(client, review).status_code == 303
    mail = walked.next_mail()
    token = re.findall(r"/s/([\w-]{43})", mail)[0]
    walked.ref = re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", mail)[0]
    enter(client, token)
    assert post(client, "/s/code").status_code == 303
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", walked.next_mail())
    assert post(client, "/s/code/check", code=code).status_code == 303
    assert post(client, "/s/messages", text=TYPED["body"], nonce=new_token()).status_code == 303
    assert TAG in client.get("/s").text
    walked.secrets += [token, *(str(cookie.value) for cookie in client.cookies)]
    walked.peer.faults.append(Fault(Stage.RCPT, reply=f"550 5.1.1 <{MAIL}> {TAG} is unknown"))
    assert post(client, "/status", reference=walked.ref).status_code == 200
    walked.desk.wait_to_hear("worker", "mail.not_sent")


def staff_goes(walked: Walk) -> str:
    """Sign in at the second try, look the person up, read and answer; return the path of the case."""
    walked.desk.hire(Role.AGENT, STAFF_MAIL, f"窓口 {TAG}")
    client, case = walked.desk.person(**HEADERS), f"/staff/tickets/{walked.ref.replace('-', '')}"
    assert try_sign_in(client, STAFF_MAIL, WRONG)[0] == 400
    assert try_sign_in(client, STAFF_MAIL, PASSWORD)[0] == 303
    for words in (TYPED["name"], MAIL, PHONE, TAG):
        data = {"csrf_token": proof(client, "/staff/search"), "q": words}
        assert walked.ref in client.post("/staff/search", data).text, words
    assert client.get(f"/staff/?view={TAG}&assignee={TAG}").status_code == 200
    page = client.get(case)
    assert TAG in page.text
    look = send(client, form_in(page, "/answer"), **{"answer-text": TYPED["body"]})
    assert send(client, form_in(look, "/answer"), step="send").status_code == 303
    walked.secrets += [str(cookie.value) for cookie in client.cookies]
    with psycopg.connect(walked.desk.settings["DATABASE_URL"].replace("+psycopg", "")) as connection:
        connection.execute("UPDATE message SET sealed = '\\x00'")  # as a bad disk would
    assert client.get(f"{case}?{TAG}").status_code == 500
    return case


def things_go_wrong(walked: Walk, case: str) -> None:
    """Send what no browser sends, to the web process itself; and rows that the database refuses."""
    token = walked.secrets[5]
    for raw in (
        f"GET /s/{token} HTTP/7.{TAG}\r\n\r\n",
        f"GET /{TAG} HTTP/1.1\r\nHost: 127.0.0.1\r\nA {TAG}: x\r\n\r\n",
        f"GET {case} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-{TAG}: a\x01\r\n b{TAG}\r\n\r\n",
        f"{TAG}\r\n\r\n",
        f"POST /s/{token} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nnot-hex-{TAG}\r\n",
        f"GET /{TAG} HTTP/1.1\r\nHost: {TAG}.example\r\n\r\n",
    ):
        walked.desk.web.exchange(raw.encode())
    client = walked.desk.person(**HEADERS)
    for body in (f'{{"name": "{TAG}", "email": "{MAIL}"}}', f'{{"name": "{TAG}'):
        answer = client.post("/api/v1/requests", body.encode(), "application/json")
        assert 400 <= answer.status_code < 500
    app = create_app(read_config(walked.desk.settings))
    with app.app_context():
        twice = {"person": Contact(name=TYPED["name"], email=MAIL), "said": Said(TYPED["body"]), "token": new_token()}
        opened = open_one(**twice)
        with pytest.raises(IntegrityError, match="duplicate key") as refused:
            open_one(**twice)
        assert TAG not in str(refused.value)
        with pytest.raises(IntegrityError, match="not-null"), transaction():
            db.session.add(Party(id=new_id(), ticket_id=opened.ticket_id, role=PartyRole.AGENT))
        db.session.remove()
        db.engine.dispose()


def test_no_process_of_a_desk_at_work_repeats_what_people_type(
    fresh_postgres_url: str,
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    smtp_server: SmtpServer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    scratch, data, log = tmp_path / "scratch", tmp_path / "data", postgres_server.log
    scratch.mkdir()
    begun = log.stat().st_size if log.exists() else 0
    settings = production_settings(fresh_postgres_url, redis_server.url, data)
    settings |= {"MAIL_SERVER": smtp_server.host, "MAIL_PORT": str(smtp_server.port), "TMPDIR": str(scratch)}
    with (
        redis_server.overheard() as heard,
        in_production(settings, tmp_path / "output", ["worker.py"], ["-m", "desk", "clock"]) as desk,
    ):
        walked = Walk(desk, smtp_server)
        person_goes(walked)
        things_go_wrong(walked, staff_goes(walked))
        kept = redis_server.contents()
    said = {**desk.said(), "this process": "".join(capfd.readouterr())}
    said |= {"redis, overheard": b"".join(heard).decode(), "redis, kept": kept.decode("latin-1")}
    if log.exists():
        said["postgresql"] = log.read_bytes()[begun:].decode()
        assert "duplicate key value" in said["postgresql"]
        assert "violates not-null constraint" in said["postgresql"]
    assert "request.crashed" in said["web"]
    assert "Invalid request" in said["web"]
    assert "deliver" in said["redis, overheard"]
    files = [path for folder in (data, scratch) for path in folder.rglob("*") if path.is_file()]
    assert files  # the upload, sealed
    said |= {path.name: path.read_bytes().decode("latin-1") for path in files}
    hits = {
        where: [secret for secret in walked.secrets if secret.lower() in text.lower()] for where, text in said.items()
    }
    assert {where: found for where, found in hits.items() if found} == {}
