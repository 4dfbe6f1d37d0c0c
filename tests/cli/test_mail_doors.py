"""`desk mail fetch` and `desk mail serve` as processes: one line of JSON, orderly stops, and kill -9 at a bad moment."""

import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from desk.app import create_app
from desk.config import read_config
from tests.inlets.reading import leave, raw_mail, raw_of, rows
from tests.services.imap import Act, Fault, ImapPeer
from tests.waiting import GENEROUS_S, wait_until


@pytest.fixture
def peer() -> Iterator[ImapPeer]:
    """A mailbox with one mail."""
    with ImapPeer() as server:
        server.put(raw_mail(1))
        yield server


@pytest.fixture
def settings(environ: dict[str, str], peer: ImapPeer) -> dict[str, str]:
    """The settings of a desk that reads it."""
    url = f"imap://cs@127.0.0.1:{peer.port}/INBOX"
    return environ | {"DESK_IMAP_URL": url, "DESK_IMAP_PASSWORD": "open-sesame"}


@pytest.fixture
def desk(settings: dict[str, str]) -> Iterator[Flask]:
    """The same desk in this process, its context open."""
    app = create_app(read_config(settings))
    context = app.app_context()
    context.push()
    yield app
    leave(context)


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _nobody_stays() -> Iterator[None]:
    """End what a failed test left running."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.communicate(timeout=GENEROUS_S)


def start(settings: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start the command."""
    environ = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **settings}
    command = [sys.executable, "-m", "desk", "mail", *arguments]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    STARTED.append(process)
    return process


def run(settings: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run the command to its end."""
    process = start(settings, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def asked(peer: ImapPeer, verb: str) -> None:
    """Wait until the server was asked for something."""
    wait_until(lambda: any(line.startswith(verb) for line in peer.asked), f"{verb} is asked for")


def test_it_prints_a_summary(settings: dict[str, str], desk: Flask) -> None:
    code, out, _err = run(settings, "fetch")
    assert (code, json.loads(out)) == (0, {"journaled": 1, "moved": 1, "known": 0, "refused": 0})
    assert [raw_of(row) for row in rows()] == [raw_mail(1)]


def test_it_says_in_one_line_what_is_wrong(settings: dict[str, str], tmp_path: Path) -> None:
    for changed, word in (
        ({"DESK_IMAP_PASSWORD": "wrong"}, "auth"),
        ({"DESK_IMAP_URL": "", "DESK_IMAP_PASSWORD": ""}, "DESK_IMAP_URL"),
    ):
        code, out, err = run(settings | changed, "fetch")
        assert (code, out) == (1, "")
        assert word in err.splitlines()[-1]
        assert "Traceback" not in err


def kill_at(settings: dict[str, str], peer: ImapPeer, command: str) -> None:
    """Read the mailbox, and kill the reader while the server keeps it waiting for an answer to a command."""
    peer.faults.append(Fault(command, Act.SILENCE))
    process = start(settings, "fetch")
    asked(peer, command)
    process.kill()
    process.communicate(timeout=GENEROUS_S)


def test_it_loses_nothing_when_killed_between_commit_and_move(
    settings: dict[str, str], desk: Flask, peer: ImapPeer
) -> None:
    kill_at(settings, peer, "MOVE")
    assert len(rows()) == 1
    _code, out, _err = run(settings, "fetch")
    assert json.loads(out) == {"journaled": 0, "moved": 1, "known": 1, "refused": 0}
    assert (len(rows()), peer.mails, peer.processed) == (1, {}, [raw_mail(1)])


def test_it_loses_nothing_when_killed_in_the_middle_of_a_mail(
    settings: dict[str, str], desk: Flask, peer: ImapPeer
) -> None:
    kill_at(settings, peer, "FETCH")
    assert rows() == []
    assert run(settings, "fetch")[0] == 0
    assert (len(rows()), peer.processed) == (1, [raw_mail(1)])


@pytest.mark.parametrize("moment", ["IDLE", "FETCH"])
def test_it_stops_watching_when_told(settings: dict[str, str], desk: Flask, peer: ImapPeer, moment: str) -> None:
    if moment == "FETCH":
        peer.faults.append(Fault("FETCH", Act.SILENCE))
    process = start(settings, "fetch", "--idle")
    asked(peer, moment)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=GENEROUS_S)
    assert (process.returncode, "Traceback" in err) == (0, False)
    assert time.monotonic() - began < GENEROUS_S


def test_it_waits_quietly_where_there_is_no_mailbox(settings: dict[str, str]) -> None:
    process = start(settings | {"DESK_IMAP_URL": "", "DESK_IMAP_PASSWORD": ""}, "fetch", "--idle")
    assert process.stderr is not None
    assert "DESK_IMAP_URL" in process.stderr.readline()
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


@pytest.mark.parametrize("lmtp", [False, True])
def test_it_listens_until_told_to_stop(settings: dict[str, str], desk: Flask, lmtp: bool) -> None:
    process = start(settings, "serve", "--port", "0", *(["--lmtp"] if lmtp else []))
    assert process.stdout is not None
    port = int(re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())[1])
    client = smtplib.LMTP("127.0.0.1", port) if lmtp else smtplib.SMTP("127.0.0.1", port)
    with client:
        client.sendmail("person@example.jp", ["cs@quote4.jp"], raw_mail(5))
        process.send_signal(signal.SIGTERM)
        _out, err = process.communicate(timeout=GENEROUS_S)
        assert (process.returncode, "Traceback" in err) == (0, False)
        client.close()
    assert [raw_of(row) for row in rows()] == [raw_mail(5)]


def test_it_says_when_it_cannot_listen(settings: dict[str, str], peer: ImapPeer, tmp_path: Path) -> None:
    code, _out, err = run(settings, "serve", "--port", str(peer.port))
    assert (code, f"cannot listen on 127.0.0.1:{peer.port}" in err) == (1, True)
    broken = {"DESK_SMTPD_CERT": str(tmp_path / "none"), "DESK_SMTPD_KEY": str(tmp_path / "none")}
    code, _out, err = run(settings | broken, "serve", "--port", "0")
    assert (code, "certificate" in err) == (1, True)
