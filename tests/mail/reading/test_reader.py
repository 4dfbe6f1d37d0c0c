"""The child process: what it cannot do, what it survives, and that the next mail never waits long."""

import base64
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.mail.machines import is_automatic
from desk.mail.reading.child import MEMORY
from desk.mail.reading.reader import Reader, Unparsable
from desk.mail.reading.salvage import read_headers_only
from tests.mail.reading.building import attachment, mail, multipart, text
from tests.waiting import GENEROUS_S, wait_until

MEBIBYTE = 1024 * 1024


@pytest.fixture
def reader() -> Iterator[Reader]:
    """Return a reader that has read a mail; its child is ended after the test."""
    with Reader(GENEROUS_S) as made:
        made.read(mail("Subject: first"))
        yield made


@pytest.fixture
def stuck(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Return a reader whose child does nothing more, and which waits a second for it."""
    os.kill(child_of(reader), signal.SIGSTOP)
    monkeypatch.setattr(reader, "_seconds", 1.0)
    yield reader
    monkeypatch.undo()
    assert reader.read(mail("Subject: next")).subject == "next"


def child_of(reader: Reader) -> int:
    """Return the process id of the reader's child."""
    assert reader._child is not None
    return reader._child.pid


def test_it_reads_many_mails_with_one_child(reader: Reader) -> None:
    before = child_of(reader)
    assert [reader.read(mail(f"Subject: {n}")).subject for n in range(50)] == [str(n) for n in range(50)]
    assert child_of(reader) == before


def test_it_hands_out_the_files_of_the_last_mail(reader: Reader) -> None:
    content = os.urandom(MEBIBYTE)
    parsed = reader.read(multipart(text("x"), attachment(content, "attachment; filename=a.bin")))
    assert b"".join(reader.attachment(0)) == content
    assert parsed.attachments[0].size == MEBIBYTE
    with pytest.raises(Unparsable, match="gone"):
        list(reader.attachment(1))
    reader.read(mail("Subject: next"))
    with pytest.raises(Unparsable, match="gone"):
        list(reader.attachment(0))


def kill_child(reader: Reader) -> None:
    """Kill the reading process, and wait until it is dead."""
    child = child_of(reader)
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not _runs(child), "the child has died")


def test_it_goes_on_after_its_child_was_killed(reader: Reader) -> None:
    kill_child(reader)
    assert reader.read(mail("Subject: next")).subject == "next"
    kill_child(reader)
    with pytest.raises(Unparsable, match="gone"):
        list(reader.attachment(0))


def test_it_gives_up_a_mail_whose_child_hangs_over_it(stuck: Reader) -> None:
    with pytest.raises(Unparsable, match="late"):
        stuck.read(mail("Subject: stuck"))


def test_it_gives_up_a_mail_larger_than_the_pipe_while_the_child_hangs(stuck: Reader) -> None:
    with pytest.raises(Unparsable, match="late"):
        stuck.read(b"x" * MEBIBYTE)


def test_it_gives_up_a_mail_that_needs_too_much_memory() -> None:
    with Reader() as reader:
        with pytest.raises(Unparsable, match=r"memory|crashed"):
            reader.read(bytes(MEMORY))
        assert reader.read(mail("Subject: next")).subject == "next"


def test_it_reads_25_mebibytes_in_250(reader: Reader) -> None:
    content = base64.encodebytes(os.urandom(25 * MEBIBYTE * 3 // 4 - 500_000))
    part = mail("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64") + content
    for raw in (multipart(text("x"), part), mail("Content-Type: text/plain", b"\x82\xa0 words\n" * 2_500_000)):
        assert len(raw) < 28 * MEBIBYTE
        reader.read(raw)
    for _ in reader.attachment(0) if reader.read(multipart(text("x"), part)).attachments else ():
        pass
    status = Path(f"/proc/{child_of(reader)}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 250 * 1024


def test_the_child_can_open_nothing_and_knows_nothing(reader: Reader) -> None:
    process = Path(f"/proc/{child_of(reader)}")
    limits = process.joinpath("limits").read_text()
    assert "Max open files            3                    3" in limits
    assert "Max file size             0                    0" in limits
    assert {path.name for path in process.joinpath("fd").iterdir()} == {"0", "1", "2"}
    environment = process.joinpath("environ").read_bytes().split(b"\0")
    assert {line.partition(b"=")[0] for line in environment if line} == {b"PYTHONPATH", b"LC_ALL"}


def test_the_child_ends_with_its_reader() -> None:
    reader = Reader()
    reader.read(mail("Subject: x"))
    child = child_of(reader)
    reader.close()
    assert not Path(f"/proc/{child}").exists()


def test_a_forked_process_gets_a_child_of_its_own(reader: Reader) -> None:
    before = child_of(reader)
    forked = os.fork()
    if forked == 0:
        try:
            good = reader.read(mail("Subject: fork")).subject == "fork" and child_of(reader) != before
            reader.close()
        except BaseException:  # noqa: BLE001 - nothing may unwind into the test runner of the parent
            good = False
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert reader.read(mail("Subject: next")).subject == "next"
    assert child_of(reader) == before


def test_the_child_dies_with_the_process_that_started_it() -> None:
    read_end, write_end = os.pipe()
    forked = os.fork()
    if forked == 0:
        try:
            reader = Reader()
            reader.read(mail("Subject: x"))
            os.write(write_end, str(child_of(reader)).encode())
        finally:  # whatever happened, nothing unwinds into the test runner of the parent
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(write_end)
    said = os.read(read_end, 20)
    os.waitpid(forked, 0)
    os.close(read_end)
    child = int(said)
    wait_until(lambda: not _runs(child), "the child has died")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_salvages_who_wrote() -> None:
    raw = mail("From: =?utf-8?B?5bGx55Sw?=\n <a@example.jp>\nSubject: =?utf-8?B?5Lu25ZCN?=\nMessage-ID: <x@y>", b"\xff")
    parsed = read_headers_only(raw)
    assert parsed.sender is not None
    assert (parsed.sender.name, parsed.sender.address) == ("山田", "a@example.jp")
    assert (parsed.subject, parsed.message_id, parsed.problems) == ("件名", "<x@y>", ("unparsable",))


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied; owner-email=x@example.jp",
        "Precedence: bulk",
        "List-Id: <news.example.jp>",
        "Return-Path: <>",
        "X-Autoreply: yes",
        "AUTO-SUBMITTED:\n auto-generated",
    ],
)
def test_it_salvages_that_a_machine_wrote(header: str) -> None:
    assert is_automatic(read_headers_only(mail(f"From: a@example.jp\n{header}\nSubject: x", b"\xff")), None)


def test_it_salvages_what_a_person_answers() -> None:
    raw = mail("From: a@example.jp\nAuto-Submitted: no\nIn-Reply-To: <1@x>\nReferences: <0@x>\n <1@x>", b"\xff")
    parsed = read_headers_only(raw)
    assert not is_automatic(parsed, None)
    assert (parsed.in_reply_to, parsed.references) == (("<1@x>",), ("<0@x>", "<1@x>"))
