"""What the forms of a ticket offer to choose from, as the ticket stands."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from desk import clock
from desk.accounts.permissions import Role
from desk.accounts.staff import list_colleagues
from desk.company.procedure import get_procedure
from desk.handling.casework import MOVABLE, waits_for
from desk.handling.decisions import list_duties
from desk.handling.kinds import offered_kinds
from desk.handling.laws import law_of
from desk.handling.services import Stage
from desk.handling.timing import laws_for
from desk.policy.consents import list_consents_of
from desk.policy.register import list_services
from desk.tickets.models import Ticket
from desk.tickets.states import State, may_move
from desk.tickets.words import SOURCES, STATES
from desk.web.filters import bracketed
from desk.web.languages import current_language
from desk.web.staff.case import Case, marks_of, open_case
from desk.web.staff.decision_forms import CheckDutiesForm
from desk.web.staff.fee_form import ReceiveFeeForm
from desk.web.staff.forms import (
    AssignForm,
    ChooseLawForm,
    CloseForm,
    EscalateForm,
    InvolveForm,
    MoveForm,
    RecastForm,
    TicketForm,
    WaitForm,
    WithdrawConsentForm,
)
from desk.web.staff.identity_forms import ConfirmIdentityForm
from desk.web.staff.questions import list_questions
from desk.web.staff.source_forms import FOUND, AnswerSourceForm, AskSourceForm
from desk.web.words import BASES, STAGES, WAITS, WAYS


def fill_choices(form: TicketForm, ticket: Ticket, case: Case | None = None) -> None:
    """Give the choices of a form their values and words; with a `case` also what stands now."""
    for kind, fill in OFFERS.items():
        if isinstance(form, kind):
            fill(form, ticket)
    if isinstance(form, AssignForm) and case is not None:
        form.to.data = str(ticket.assignee_id or "")
    elif isinstance(form, WithdrawConsentForm):
        standing = [one for one in list_consents_of(marks_of(case or open_case(ticket))) if one.withdrawn_at is None]
        form.consent.choices = [(str(one.id), one.wording[:60]) for one in standing]


def _assign(form: Any, _ticket: Ticket) -> None:
    form.to.choices = [("", _("担当なし")), *_colleagues((Role.AGENT, Role.MANAGER))]


def _escalate(form: Any, _ticket: Ticket) -> None:
    form.to.choices = [("", _("指定しない")), *_colleagues((Role.MANAGER,))]


def _recast(form: Any, ticket: Ticket) -> None:
    form.kind.choices = other_kinds(ticket)


def _choose_law(form: Any, ticket: Ticket) -> None:
    form.law.choices = [(law.code, law.name.get(current_language())) for law in laws_for(ticket, clock.today())]


def _move(form: Any, ticket: Ticket) -> None:
    state = State(ticket.state)
    form.target.choices = [(target, STATES[target]) for target in MOVABLE if may_move(state, target)]


def _wait(form: Any, ticket: Ticket) -> None:
    form.reason.choices = [(reason.value, WAITS[reason]) for reason in waits_for(ticket)]


def _involve(form: Any, _ticket: Ticket) -> None:
    form.service.choices = [(str(one.id), one.name) for one in list_services() if one.is_used]
    form.stage.choices = [(str(stage), STAGES[stage]) for stage in Stage]


def _close(form: Any, ticket: Ticket) -> None:
    form.outcome.choices = [("", _("選択してください")), *_outcomes(ticket)]


def _check_duties(form: Any, ticket: Ticket) -> None:
    language = current_language()
    form.done.choices = [(one.duty.code, one.duty.text.get(language)) for one in list_duties(ticket)]


def _ask_source(form: Any, _ticket: Ticket) -> None:
    form.source.choices = list(SOURCES.items())


def _answer_source(form: Any, ticket: Ticket) -> None:
    waiting = [one for one in list_questions(ticket.id) if one.row.answered_at is None and one.asked is not None]
    form.task.choices = [
        (str(one.row.id), f"{SOURCES.get(one.row.source, one.row.source)}：{one.asked.of}")
        for one in waiting
        if one.asked
    ]
    form.found.choices = [("", _("選択してください")), *FOUND.items()]


def _receive_fee(form: Any, ticket: Ticket) -> None:
    form.way.choices = list(WAYS.items())
    form.received_on = ticket.received_on
    if form.yen.raw_data is None and form.yen.data is None:
        form.yen.data, form.paid_on.data = str(get_procedure().fee_yen), clock.today().isoformat()


def _confirm_identity(form: Any, _ticket: Ticket) -> None:
    form.basis.choices = [("", _("選択してください")), *BASES.items()]


OFFERS: dict[type[TicketForm], Callable[[Any, Ticket], None]] = {
    AssignForm: _assign,
    EscalateForm: _escalate,
    RecastForm: _recast,
    ChooseLawForm: _choose_law,
    MoveForm: _move,
    WaitForm: _wait,
    InvolveForm: _involve,
    CloseForm: _close,
    CheckDutiesForm: _check_duties,
    AskSourceForm: _ask_source,
    ReceiveFeeForm: _receive_fee,
    AnswerSourceForm: _answer_source,
    ConfirmIdentityForm: _confirm_identity,
}
"""Each form that offers something, with what fills it."""


def _colleagues(roles: tuple[Role, ...]) -> list[tuple[str, str]]:
    return [(str(person.id), person.name) for person in list_colleagues() if person.is_active and person.role in roles]


def other_kinds(ticket: Ticket) -> list[tuple[str, str]]:
    """Return what a ticket can be recast to, with the names."""
    language, kinds = current_language(), offered_kinds(ticket.regime, clock.today())
    return [(kind.code, bracketed(kind.name.get(language), kind.code)) for kind in kinds if kind.code != ticket.kind]


def _outcomes(ticket: Ticket) -> list[tuple[str, str]]:
    return [
        (outcome.code, bracketed(outcome.name.get(current_language()), outcome.code))
        for outcome in law_of(ticket).outcomes_of(ticket.kind)
    ]
