"""The tests that prove delivery catch what such systems get wrong: each bug is put into a copy of the desk, and they must fail."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.moment import CHILD
from tests.waiting import GENEROUS_S

ROOT = Path(__file__).parents[2]
COPIED = ("desk", "templates", "migrations", "tests", "worker.py", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "static")


@dataclass(frozen=True, slots=True)
class Change:
    """A text of one file, and what stands there instead."""

    file: str
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Bug:
    """What is changed, and the tests that must fail then."""

    caught_by: str
    changes: tuple[Change, ...]


LEASE = Change(
    "desk/mail/alone.py",
    """\
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
""",
    """\
            from desk import clock
            now, lease = clock.now().timestamp(), Path(f"{path}.lease")
            held = lease.exists() and float(lease.read_text()) > now
            lease.write_text(str(now + 20))
            if held:
""",
)
NO_LOCK = Change(
    "desk/mail/sender.py",
    "        with sole(ROLE) as alone:\n",
    "        with ExitStack():\n            alone = True\n",
)
NAIVE_SELECT = Change(
    "desk/mail/ledger.py",
    "        .where(ROWS.c.id.in_(due.with_for_update(skip_locked=True)), DUE_STATES)\n",
    "        .where(ROWS.c.id.in_(db.session.scalars(due).all()))\n",
)
MARK_FIRST = Change(
    "desk/mail/sender.py",
    "            self._round(pool, [mail for mail in chosen if mail.id in mine])\n",
    """\
            with _commit() as at:
                fates.sent(chosen, self.name, at, "250", "none")
            self._round(pool, [mail for mail in chosen if mail.id in mine])
""",
)
NO_ACKNOWLEDGEMENT_YET = Change(
    "desk/handling/intake.py",
    """\
    _acknowledge(rows, f"{base_url}{status_path(submission.language, token)}")
    form_token =""",
    "    form_token =",
)
ACKNOWLEDGEMENT_AFTER = Change(
    "desk/handling/intake.py",
    "    rows.write()\n    for parked",
    """\
    rows.write()
    from desk.db import db
    db.session.commit()
    rows.parked, rows.keys = [], []
    _acknowledge(rows, f"{base_url}{status_path(submission.language, token)}")
    insert_rows(DataKey, rows.keys)
    for model, values in rows.parked:
        insert_rows(model, [values])
    for parked""",
)
MOVE_FIRST = Change(
    "desk/inlets/fetching.py",
    "        kept = keep(mail.chunks)\n",
    "        kept = keep(mail.chunks)\n        line.move([place.uid])\n",
)
MESSAGE_ID_ALONE = Change(
    "desk/mail/received.py",
    '        parts = (read.message_id, self.sender or "", date, read.subject, self.body_hash.hex())\n',
    "        parts = (read.message_id,)\n",
)
ANY_STATE = Change(
    "desk/mail/moves.py",
    "    held = (ROWS.c.id == mail_id, ROWS.c.state == origin, ROWS.c.sender == run)\n",
    "    held = (ROWS.c.id == mail_id,)\n",
)
ANY_SENDER = Change(
    "desk/mail/fates.py",
    """\
        ROWS.c.state == MailState.SENDING,
        ROWS.c.sender == bindparam("run"),
    )
    .values(state=MailState.SENT""",
    """\
        bindparam("run").is_not(None),
    )
    .values(state=MailState.SENT""",
)
BUGS = {
    "a lease that ends by the clock": Bug("tests/mail/test_clock_jumps.py", (LEASE,)),
    "a lease that ends by the clock, in any order of steps": Bug("tests/mail/test_machine.py", (LEASE,)),
    "rows that are read and then sent": Bug("tests/security/test_F2_mail.py", (NO_LOCK, NAIVE_SELECT)),
    "marked as sent before it is": Bug("tests/mail/test_sender.py", (MARK_FIRST,)),
    "an acknowledgement outside the transaction": Bug(
        "tests/handling/test_intake.py", (NO_ACKNOWLEDGEMENT_YET, ACKNOWLEDGEMENT_AFTER)
    ),
    "filed before it is kept": Bug("tests/inlets/test_fetching_faults.py", (MOVE_FIRST,)),
    "the same Message-ID is the same mail": Bug("tests/handling/test_inbound.py", (MESSAGE_ID_ALONE,)),
    "an end that is written whatever the state (sent)": Bug("tests/mail/test_sender.py", (ANY_SENDER,)),
    "an end that is written whatever the state (failed)": Bug("tests/mail/test_sender.py", (ANY_STATE,)),
}


@pytest.mark.parametrize("name", BUGS)
def test_it_is_caught(tmp_path: Path, name: str) -> None:
    bug = BUGS[name]
    for part in COPIED:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / part, tmp_path / part)
    (tmp_path / "desk" / "static").symlink_to(ROOT / "desk" / "static")
    for change in bug.changes:
        text = (tmp_path / change.file).read_text()
        assert text.count(change.right) == 1, f"{change.file} has changed: say anew how to spoil it"
        (tmp_path / change.file).write_text(text.replace(change.right, change.wrong))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "-m", "sqlite"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", CHILD))}
    done = subprocess.run(
        [*command, bug.caught_by],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=10 * GENEROUS_S,
    )
    assert f"FAILED {bug.caught_by}::" in done.stdout, (done.stdout + done.stderr)[-3000:]  # failed, and not broken
