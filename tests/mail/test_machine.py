"""Any order of two senders' steps, deaths, answers of the server and jumps of the clock keeps the promises of delivery.

The machine uses the real rules (`ledger`, `fates`, `sole`) over a small database; the server is a count of what it accepted.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from desk import clock
from desk.db import db, writing
from desk.events.alerts import list_open_alerts
from desk.events.models import Alert
from desk.mail import fates, ledger, sender
from desk.mail.alone import sole
from desk.mail.models import TERMINAL, MailKind, MailState, OutboxMail
from desk.mail.moves import Claimed
from desk.mail.transport import Undeliverable
from tests.chance import examples, explored
from tests.mail.posting import post
from tests.moment import Traveller

MOST_MAILS = 2
WHO = st.sampled_from(["first", "second"])
ERRORS = st.sampled_from(
    [Undeliverable("451"), Undeliverable("550", permanent=True), Undeliverable("cut-data", ambiguous=True)]
)
JUMPS = st.sampled_from([timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(hours=-3)])


@dataclass
class Run:
    """A living sender: its lock, and what it has in hand."""

    lock: ExitStack
    name: str = field(default_factory=ledger.new_run)
    claimed: list[Claimed] = field(default_factory=list)
    begun: list[Claimed] = field(default_factory=list)
    accepted: list[Claimed] = field(default_factory=list)
    """Of what was begun: what the server took."""


@contextmanager
def commit() -> Iterator[datetime]:
    """One short transaction, as the sender's."""
    with writing():
        yield clock.now()
        db.session.commit()


class Senders(RuleBasedStateMachine):
    """Two processes that want to send, and what becomes of at most two mails."""

    app: ClassVar[Flask]
    traveller: ClassVar[Traveller]

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        for model in (Alert, OutboxMail):
            db.session.execute(delete(model))
        db.session.commit()
        self.living: dict[str, Run] = {}
        self.accepts: Counter[int] = Counter()
        self.ended: dict[int, MailState] = {}
        self.posted = 0

    def teardown(self) -> None:
        """Let go of every lock."""
        for run in self.living.values():
            run.lock.close()
        self.context.pop()

    @precondition(lambda self: self.posted < MOST_MAILS)
    @rule(kind=st.sampled_from([MailKind.ACKNOWLEDGEMENT, MailKind.ANSWER]))
    def post(self, kind: MailKind) -> None:
        """Owe one more mail."""
        post(kind=kind)
        self.posted += 1

    @rule(who=WHO, begins=st.booleans())
    def take(self, who: str, begins: bool) -> None:
        """Become the sender if nobody alive is, take over what a dead one left, claim what is due, begin to send it."""
        if who not in self.living and not self._start(who):
            return
        run = self.living[who]
        with commit() as at:
            run.claimed += ledger.claim(run.name, at, 10)
        if begins:
            with commit() as at:
                mine = ledger.begin(run.claimed, run.name, at)
            run.begun += [mail for mail in run.claimed if mail.id in mine]
            run.claimed = []

    def _start(self, who: str) -> bool:
        lock = ExitStack()
        if not lock.enter_context(sole(sender.ROLE)):
            lock.close()
            return False
        self.living[who] = Run(lock)
        with commit() as at:
            ledger.recover(at)
        return True

    @rule(who=WHO)
    def accept(self, who: str) -> None:
        """The server takes a mail; the sender may or may not live to write it down."""
        if run := self.living.get(who):
            for mail in [mail for mail in run.begun if mail not in run.accepted][:1]:
                self.accepts[mail.id] += 1
                run.accepted.append(mail)

    @rule(who=WHO)
    def write_sent(self, who: str) -> None:
        """Write down what the server took."""
        if (run := self.living.get(who)) and run.accepted:
            with commit() as at:
                fates.sent(run.accepted, run.name, at, "250", "none")
            run.begun = [mail for mail in run.begun if mail not in run.accepted]
            run.accepted = []

    @rule(who=WHO, error=ERRORS)
    def write_failed(self, who: str, error: Undeliverable) -> None:
        """Write down that a mail was not taken; when the line was cut at the end, it may have been."""
        if run := self.living.get(who):
            open_ended = run.begun if error.ambiguous else [mail for mail in run.begun if mail not in run.accepted]
            for mail in open_ended[:1]:
                with commit() as at:
                    fates.failed(mail, run.name, at, error)
                run.begun.remove(mail)
                run.accepted = [taken for taken in run.accepted if taken is not mail]

    @rule(who=WHO)
    def die(self, who: str) -> None:
        """End at this instruction; what was in hand stays as it stands in the rows."""
        if run := self.living.pop(who, None):
            run.lock.close()

    @rule(jump=JUMPS)
    def advance_clock(self, jump: timedelta) -> None:
        """Let time pass, or set the clock back."""
        self.traveller.shift(jump)

    @invariant()
    def keeps_its_promises(self) -> None:
        """O4, O5, O7, O8 and O10 hold after every step."""
        db.session.rollback()
        alerts = {(alert.kind, alert.object_id) for alert in list_open_alerts()}
        for mail in db.session.scalars(select(OutboxMail).execution_options(populate_existing=True)):
            state = MailState(mail.state)
            accepts = self.accepts[mail.id]
            held_by = [who for who, run in self.living.items() if mail.id in {one.id for one in run.begun}]
            assert state is not MailState.SENT or accepts >= 1, "O4: called sent and never accepted"
            # of a mail in a living sender's hands the last acceptance is not written down yet
            assert accepts <= 1 + mail.ambiguous, "O5: left more often than is marked"
            assert self.ended.get(mail.id, state) is state, "O7: it had come to its end"
            assert state is not MailState.DEAD or ("mail_dead", mail.id) in alerts, "O8: nobody was told"
            assert state is not MailState.UNCERTAIN or ("mail_uncertain", mail.id) in alerts, "O8: nobody was told"
            assert len(held_by) <= 1, "O10: two living senders hold it"
            if state in TERMINAL:
                self.ended[mail.id] = state
        db.session.rollback()


@pytest.mark.dateless
@pytest.mark.parametrize("database", ["sqlite"])  # the rules are the same on both, and a small file is quicker
def test_two_senders_in_any_order(app: Flask, moment: Traveller) -> None:
    Senders.app, Senders.traveller = app, moment
    phases = (
        set(Phase) if explored() is not None else set(Phase) - {Phase.shrink}
    )  # a shorter story is worth minutes only there
    run_state_machine_as_test(
        Senders, settings=settings(max_examples=examples(60), stateful_step_count=40, phases=phases)
    )
