"""`desk outbox` and `desk sweep` as people script against them."""

import json
from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import insert

from desk import clock
from desk.cli.outbox import outbox
from desk.db import db
from desk.mail import sender
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.schedule import sweep
from desk.transaction import transaction
from tests.mail.posting import post, row
from tests.services.smtp import Fault, SmtpServer, Stage

FIELDS = ["id", "ticket", "kind", "state", "attempts", "created_at", "sent_at"]


def run(context: AppContext, *arguments: str) -> tuple[int, str]:
    """Run the command and return its exit code and output."""
    result = context.app.test_cli_runner().invoke(outbox, arguments)
    return result.exit_code, result.output


def test_it_lists_without_personal_data(sending: AppContext) -> None:
    (mail,) = post(name="山田太郎", ticket=True)
    code, output = run(sending, "--json")
    (entry,) = json.loads(output)
    assert code == 0
    assert list(entry) == FIELDS
    assert (entry["id"], entry["kind"], entry["state"], entry["attempts"]) == (mail, "closing", "pending", 0)
    assert entry["ticket"]
    assert entry["sent_at"] is None
    assert "山田" not in output
    assert "example.jp" not in output
    assert json.loads(run(sending, "--state", "sent", "--json")[1]) == []
    assert run(sending, "--state", "nonsense")[0] == 2


def test_it_lists_all_there_is(sending: AppContext) -> None:
    now = clock.now()
    with transaction():
        rows = [
            {"id": n, "kind": MailKind.CLOSING, "dedupe_key": f"k{n}", "message_id": f"m{n}", "state": MailState.SENT}
            | {"next_at": now, "created_at": now - timedelta(seconds=n), "sent_at": now}
            for n in range(1, 1202)
        ]
        db.session.execute(insert(OutboxMail), rows)
    (pending,) = post()
    listed = json.loads(run(sending, "--json")[1])
    assert [entry["id"] for entry in listed] == [pending, *range(1201, 0, -1)]
    assert len(run(sending, "--state", "sent")[1].splitlines()) == 1201


def test_it_sends_a_dead_mail_again(sending: AppContext, smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.RCPT, reply="550 5.1.1 no"))
    (mail,) = post()
    sender.drain()
    assert row(mail).state == MailState.DEAD
    assert run(sending, "retry", str(mail))[0] == 0
    assert sending.app.test_cli_runner().invoke(sweep).exit_code == 0
    assert row(mail).state == MailState.SENT
    assert run(sending, "retry", str(mail))[0] == 1


@pytest.mark.parametrize("state", ["pending", "sent", "held"])
def test_it_says_no_to_what_cannot_be_sent_again(sending: AppContext, smtp_server: SmtpServer, state: str) -> None:
    (mail,) = post()
    with transaction():
        row(mail).state = MailState(state)
    before = row(mail).attempts
    assert run(sending, "retry", str(mail))[0] == 1
    assert (row(mail).state, row(mail).attempts) == (state, before)


@pytest.mark.parametrize("command", ["retry", "release"])
def test_it_says_no_to_an_unknown_mail_and_refuses_nonsense(sending: AppContext, command: str) -> None:
    code, output = run(sending, command, "4711")
    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert run(sending, command, "nonsense")[0] == 2
    assert run(sending, command, "--", "-1")[0] == 1


@pytest.mark.parametrize("everything", [True, False])
def test_it_lets_go_of_held_mail(sending: AppContext, smtp_server: SmtpServer, everything: bool) -> None:
    mails = post(4, kind=MailKind.ACKNOWLEDGEMENT, to="victim@example.jp")
    sender.drain()
    (held,) = [mail for mail in mails if row(mail).state == MailState.HELD]
    assert run(sending, "release", "--all" if everything else str(held))[0] == 0
    sender.drain()
    assert row(held).state == MailState.SENT
    assert run(sending, "release", str(held))[0] == 1
    assert run(sending, "release")[0] == 2
