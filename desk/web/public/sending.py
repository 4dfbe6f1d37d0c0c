"""The form's last press: judged and done in one turn, so that two presses at once end at the same receipt."""

from functools import cache
from itertools import repeat

from flask import current_app, request

from desk import clock
from desk.db import take_turn
from desk.handling import intake
from desk.handling.intake import Submission
from desk.tickets.asking import Asked
from desk.tickets.content import Origin
from desk.tickets.models import Channel, Population
from desk.transaction import attempt
from desk.vault.seal import token_hash
from desk.web.languages import current_language
from desk.web.public import abuse, stamp
from desk.web.public.abuse import Verdict


def send(asked: Asked, token: str) -> Verdict:
    """Open the form's ticket unless its sender must first prove to be no machine; `FINE` means that it is opened.

    A press waits until another one of the same form is over: nobody is told "not sent" while it is being sent.
    """
    submission, tries = _submission(asked, token), iter((False, *repeat(True, 9)))
    judge = cache(lambda: abuse.judge(asked))  # a try that is done again counts as one

    def send_once() -> Verdict:
        again = next(tries)
        take_turn(token_hash(token))
        verdict = judge()
        if verdict is Verdict.PROVE and abuse.is_proved(request.form.get("altcha")):
            verdict = Verdict.FINE
        if (again or verdict is not Verdict.FINE) and intake.is_opened(token):
            return Verdict.FINE  # the other of two at once was quicker; a double click is nothing odd
        if verdict is Verdict.FINE:
            intake.open_ticket(submission, clock.now(), str(current_app.extensions["config"].base_url))
        return verdict

    return attempt(send_once)


def _submission(asked: Asked, token: str) -> Submission:
    return Submission(
        kind=asked.kind,
        population=Population(asked.population),
        language=current_language(),
        channel=Channel.FORM,
        person=asked.person(),
        agent=asked.agent(),
        said=asked.said(),
        origin=Origin(
            address=request.remote_addr or "", user_agent=str(request.user_agent)[:500], referrer=stamp.referrer()
        ),
        token=token,
    )
