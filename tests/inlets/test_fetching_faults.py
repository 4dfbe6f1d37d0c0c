"""Reading a mailbox whose server fails: cut lines, refusals, silence, wrong sizes, missing abilities."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from desk import clock
from desk.config_inbound import Mailbox
from desk.inlets import fetching
from desk.mail import imap
from desk.mail.alone import sole
from desk.mail.imap import MailboxDown
from tests.inlets.reading import (
    leave,
    look,
    mailbox_of,
    open_alerts,
    raw_mail,
    raw_of,
    rows,
    state,
    take_without_moving,
)
from tests.moment import travel_to
from tests.services.imap import Act, Fault, ImapPeer

MAILS = [raw_mail(number) for number in range(1, 4)]


@pytest.fixture
def peer() -> Iterator[ImapPeer]:
    """A server with three mails."""
    with ImapPeer() as server:
        server.put(*MAILS)
        yield server


@pytest.fixture
def reads(environ: dict[str, str], peer: ImapPeer) -> Iterator[tuple[Flask, Mailbox]]:
    """A desk that reads it, with its context open."""
    app, settings = mailbox_of(environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
    context = app.app_context()
    context.push()
    yield app, settings
    leave(context)


def assert_all_filed(peer: ImapPeer) -> None:
    """Check that each mail is in exactly one row, and filed once."""
    assert sorted(raw_of(row) for row in rows()) == sorted(MAILS)
    assert (peer.mails, sorted(peer.processed)) == ({}, sorted(MAILS))


def test_it_passes_over_a_mail_that_cuts_the_line(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    peer.faults.append(Fault("FETCH", Act.HALF, uid=1))
    with pytest.raises(MailboxDown, match="cut-fetch"):
        look(*reads)
    assert [raw_of(row) for row in rows()] == MAILS[1:]
    assert (state().journaled, state().failures, open_alerts()) == (2, 1, set())
    assert look(*reads).journaled == 1
    assert_all_filed(peer)


def test_it_passes_over_a_mail_that_the_server_will_not_give(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    peer.faults.append(Fault("FETCH", Act.NO, uid=2, times=None))
    for _try in range(2):
        with pytest.raises(MailboxDown, match="refused-fetch"):
            look(*reads)
    assert [raw_of(row) for row in rows()] == [MAILS[0], MAILS[2]]
    peer.faults.clear()
    look(*reads)
    assert_all_filed(peer)


@pytest.mark.parametrize("act", [Act.NO, Act.DROP, Act.HALF, Act.DONE_AND_DROP])
def test_it_loses_and_doubles_nothing_when_moving_fails(reads: tuple[Flask, Mailbox], peer: ImapPeer, act: Act) -> None:
    peer.faults.append(Fault("MOVE", act))
    with pytest.raises(MailboxDown, match="move"):
        look(*reads)
    assert len(rows()) == 3
    peer.put(late := raw_mail(9))
    tally = look(*reads)
    assert (tally.journaled, len(rows())) == (1, 4)
    assert (peer.mails, sorted(peer.processed)) == ({}, sorted([*MAILS, late]))


def test_it_never_waits_for_ever(reads: tuple[Flask, Mailbox], peer: ImapPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.faults.append(Fault("SEARCH", Act.SILENCE))
    with monkeypatch.context() as hasty:
        hasty.setattr(imap, "STEP_S", 2)
        with pytest.raises(MailboxDown, match="timeout-search"):
            look(*reads)
    assert look(*reads).journaled == 3


@pytest.mark.parametrize("abilities", ["IMAP4rev1", "IMAP4rev1 UIDPLUS", "IMAP4rev1 MOVE"])
def test_it_files_with_what_the_server_can(reads: tuple[Flask, Mailbox], peer: ImapPeer, abilities: str) -> None:
    peer.abilities = abilities
    for _look in range(3):
        look(*reads)
    assert sorted(raw_of(row) for row in rows()) == sorted(MAILS)
    assert sorted(peer.processed) == sorted(MAILS)  # once each: no copies that fill the server's disk
    stays = abilities == "IMAP4rev1"
    assert (sorted(peer.mails), sorted(peer.marked)) == (([1, 2, 3], [1, 2, 3]) if stays else ([], []))
    assert not any(line == "EXPUNGE" for line in peer.asked)  # it would remove what others had marked


def test_it_copies_once_when_the_removal_was_cut(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    peer.abilities = "IMAP4rev1 UIDPLUS"
    peer.faults.append(Fault("EXPUNGE", Act.DROP))
    with pytest.raises(MailboxDown, match="cut-expunge"):
        look(*reads)
    look(*reads)
    assert_all_filed(peer)


def test_it_names_mails_by_uid_alone(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    look(*reads)
    received = {row.received_at for row in rows()}
    assert received == {datetime(2025, 11, 1, 3, 34, 56, tzinfo=UTC)}
    assert [line for line in peer.asked if line.startswith(("MOVE", "STORE", "COPY"))] == ['MOVE 1,2,3 "Processed"']


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 3.0])
def test_it_reads_to_the_end_whatever_size_is_announced(
    reads: tuple[Flask, Mailbox], peer: ImapPeer, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "CHUNK", 1000)
    peer.size_factor = factor
    peer.put(exact := b"x" * 3000, longer := b"y" * 3500)
    look(*reads)
    assert [raw_of(row) for row in rows()] == [*MAILS, exact, longer]


def test_it_reads_an_empty_mail(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    peer.put(b"")
    assert look(*reads).journaled == 4
    assert raw_of(rows()[-1]) == b""


def test_it_does_not_mistake_another_mailbox_for_this_one(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    app, settings = reads
    take_without_moving(app, settings)
    peer.uidvalidity += 1
    assert look(app, settings).as_json() == {"journaled": 3, "moved": 3, "known": 0, "refused": 0}
    assert len(rows()) == 6


def test_it_tells_a_busy_server_from_a_wrong_password(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    peer.faults.append(Fault("LOGIN", Act.NO, words="[UNAVAILABLE] later"))
    with pytest.raises(MailboxDown, match="unavailable"):
        look(*reads)
    assert open_alerts() == set()


def test_it_alerts_when_a_failure_lasts(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    peer.faults.append(Fault("SELECT", Act.DROP, times=None))
    now = clock.now()
    for minutes, expected in ((0, set()), (9, set()), (11, {"mail_inbox"})):
        with travel_to(now + timedelta(minutes=minutes)), pytest.raises(MailboxDown):
            look(*reads)
        assert open_alerts() == expected
    peer.faults.clear()
    look(*reads)
    assert open_alerts() == set()


def test_it_leaves_a_mailbox_to_whoever_reads_it(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    app, settings = reads
    with sole(f"mailbox-{settings.account}") as alone:
        assert alone
        with pytest.raises(fetching.Busy):
            look(app, settings)
    assert peer.asked == []
    assert look(app, settings).journaled == 3


def test_it_stops_between_two_mails_when_told(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    app, settings = reads
    answers = iter([True, True, False, False])
    tally = fetching.fetch(app.extensions["config"], settings, lambda: next(answers))
    assert (tally.journaled, tally.moved, tally.waiting) == (1, 1, 2)


def test_it_does_not_date_a_mail_into_the_future(reads: tuple[Flask, Mailbox], peer: ImapPeer) -> None:
    with travel_to(datetime(2025, 10, 1, tzinfo=UTC)):
        look(*reads)
    assert {row.received_at for row in rows()} == {datetime(2025, 10, 1, tzinfo=UTC)}
