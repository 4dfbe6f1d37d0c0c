"""The draft of a letter in a form: for the end of a case, for a wait, and for an answer that takes longer."""

from collections.abc import Mapping
from typing import Any

from desk import clock
from desk.company.procedure import get_procedure
from desk.handling.casework import wait_due
from desk.handling.decisions import decidable
from desk.law.waits import WaitReason
from desk.reporting.notice_drafts import WAITS, Filling, draft_letter, letter_of
from desk.tickets.decisions import Decided
from desk.tickets.models import PartyRole
from desk.web.staff.case import Case
from desk.web.staff.forms import CloseForm, TellDelayForm, TicketForm, WaitForm

DRAFTED = ("close", "wait", "tell_delay")
"""Forms that a draft can be put into, named in the address with what it is about."""


def find_asked(args: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the form that an address asks a draft for, and what it is about."""
    return next(((name, args[name]) for name in DRAFTED if name in args), None)


def begin_letter(form: TicketForm, about: str, case: Case, decided: Decided | None = None) -> bool:
    """Put a draft into a form, with what it is about: an outcome, a reason to wait, or nothing; tell whether there is one."""
    if isinstance(form, CloseForm):
        return _begin_end(form, about, case, decided)
    if isinstance(form, WaitForm) and about in set(WAITS):
        reason = WaitReason(about)
        agent = case.parties.get(PartyRole.AGENT)
        filling = Filling(
            clock.today(),
            answer_by=wait_due(clock.now()),
            fee_yen=get_procedure().fee_yen,
            relation=(agent.relation or "other") if agent is not None else "",
        )
        form.reason.data = reason.value
        form.text.data = draft_letter(WAITS[reason], case.ticket, case.regime, filling)
        return True
    if isinstance(form, TellDelayForm):
        form.text.data = draft_letter("L13", case.ticket, case.regime, Filling(clock.today()))
        return True
    return False


def _begin_end(form: CloseForm, about: str, case: Case, decided: Decided | None) -> bool:
    outcome = next((one for one in case.regime.outcomes_of(case.ticket.kind) if one.code == about), None)
    letter = letter_of(outcome) if outcome is not None else None
    if outcome is None or letter is None:
        return False
    phone = get_procedure().commission_phone
    filling = Filling(clock.today(), commission_phone=phone, decided=decided, outcome=outcome)
    form.outcome.data, form.text.data = outcome.code, draft_letter(letter, case.ticket, case.regime, filling)
    return True


def letters_for(name: str, form: Any, case: Case) -> list[tuple[str, str]]:
    """Return the choices of a form for which there is a draft: outcomes that are not decided elsewhere, or reasons to wait."""
    if name == "wait":
        return [(code, words) for code, words in form.reason.choices if code in set(WAITS)]
    ends = {one.code for one in case.regime.outcomes_of(case.ticket.kind) if letter_of(one)}
    ends -= {one.code for one in decidable(case.ticket)}
    return [(code, words) for code, words in form.outcome.choices if code in ends]
