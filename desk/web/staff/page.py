"""The ticket page: the case as it stands, and a form for each act that is possible now."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.attachments.models import Attachment
from desk.handling.calendars import desk_calendar
from desk.handling.contacts import may_change_alone
from desk.handling.decisions import PROVEN, decidable, list_duties
from desk.handling.fees import has_asked_fee
from desk.handling.identity import is_confirmed
from desk.handling.timing import laws_for
from desk.law.regimes import Identity
from desk.policy.consents import Consent, consented_versions, list_consents_of
from desk.policy.register import list_services, list_tasks
from desk.reporting.drafts import ANSWERED_BY_PURPOSES, categories_for, draft_purposes
from desk.tickets.address_requests import find_address_request
from desk.tickets.decisions import find_standing
from desk.tickets.identity import list_documents
from desk.tickets.models import Ticket
from desk.tickets.states import ENDED, WAITING, State
from desk.tickets.words import CHANNELS, POPULATIONS, SOURCES, STATES
from desk.vault.seal import new_token
from desk.web.guard import current_staff
from desk.web.languages import current_language
from desk.web.staff.arrival_forms import ArrivalForm, RecordContactForm
from desk.web.staff.asked_address import asked_address
from desk.web.staff.case import Case, marks_of, open_case
from desk.web.staff.choosing import fill_choices, other_kinds
from desk.web.staff.decision_forms import CheckDutiesForm
from desk.web.staff.drafts import ANSWERED_BY_COOKIES, draft_cookies
from desk.web.staff.fee_form import ReceiveFeeForm
from desk.web.staff.forms import (
    AnswerForm,
    AskedAddressForm,
    AssignForm,
    ChangeAddressForm,
    ChooseLawForm,
    CloseForm,
    EscalateForm,
    InvolveForm,
    MoveForm,
    NoteForm,
    OnceForm,
    PlainForm,
    RecastForm,
    ReopenForm,
    TellDelayForm,
    TicketForm,
    WaitForm,
    WithdrawConsentForm,
)
from desk.web.staff.identity_forms import ConfirmIdentityForm
from desk.web.staff.letter_drafts import begin_letter, letters_for
from desk.web.staff.questions import list_questions
from desk.web.staff.queue import business_days
from desk.web.staff.source_forms import AnswerSourceForm, AskSourceForm
from desk.web.uploads import describe_parked
from desk.web.words import (
    RELATIONS,
    WAITS,
    actor_name,
    certainty_of,
    outcome_name,
    sentence,
    tone_of,
)

FORMS: dict[str, type[TicketForm]] = {
    "take": PlainForm,
    "assign": AssignForm,
    "escalate": EscalateForm,
    "confirm_identity": ConfirmIdentityForm,
    "check_duties": CheckDutiesForm,
    "recast": RecastForm,
    "choose_law": ChooseLawForm,
    "tell_delay": TellDelayForm,
    "move": MoveForm,
    "wait": WaitForm,
    "resume": PlainForm,
    "answer": AnswerForm,
    "note": NoteForm,
    "record_contact": RecordContactForm,
    "receive_fee": ReceiveFeeForm,
    "ask_source": AskSourceForm,
    "answer_source": AnswerSourceForm,
    "close": CloseForm,
    "reopen": ReopenForm,
    "letter": PlainForm,
    "change_address": ChangeAddressForm,
    "approve_address": AskedAddressForm,
    "refuse_address": AskedAddressForm,
    "involve": InvolveForm,
    "withdraw_consent": WithdrawConsentForm,
}
"""Each act with its form, by the last part of its address."""


def render_ticket(
    ticket: Ticket,
    bound: Mapping[str, TicketForm] | None = None,
    plain_id: int | None = None,
    acquired_on: date | None = None,
    *,
    begins_with_cookies: bool = False,
    letter: tuple[str, str] | None = None,
) -> str:
    """Return the ticket page; `bound` are forms as they were filled in, `plain_id` is for `open_case`.

    With `acquired_on` (a JST date) the answer begins with the purposes in force then, where its kind asks for them; so it
    does with what is known of cookies, with `begins_with_cookies`. With `letter` (as `find_asked` returns it) a form begins
    with a letter's draft.
    """
    case, bound = open_case(ticket, plain_id), bound or {}
    marks, questions = marks_of(case), list_questions(ticket.id)
    consents = list_consents_of(marks) if marks else []
    today, due_on, acts = clock.today(), ticket.due_on, _offered_acts(case, consents)
    if all(one.row.answered_at is not None for one in questions):
        acts -= {"answer_source"}
    if "receive_fee" in acts and not (case.kind.fee_allowed and has_asked_fee(ticket.id)):
        acts -= {"receive_fee"}
    forms = {act: bound.get(act) or fresh_form(act, case) for act in FORMS if act in acts}
    is_drafted = ticket.kind in ANSWERED_BY_PURPOSES and "answer" in forms
    draft = None
    if is_drafted and acquired_on is not None:
        draft = draft_purposes(ticket, acquired_on, today, consented_versions(marks))
    if draft is not None and "answer" not in bound:
        forms["answer"]["text"].data = draft.text
    asks_cookies = ticket.kind in ANSWERED_BY_COOKIES and "answer" in forms
    if asks_cookies and begins_with_cookies and "answer" not in bound:
        forms["answer"]["text"].data = draft_cookies(ticket.language)
    begun = ""
    if letter is not None and letter[0] in forms and letter[0] not in bound:
        begun = letter[0] if begin_letter(forms[letter[0]], letter[1], case) else ""
    return render_template(
        "staff/ticket.html",
        begun=begun,
        case=case,
        ticket=ticket,
        forms=forms,
        is_drafted=is_drafted,
        asks_cookies=asks_cookies,
        draft=draft,
        acquired_on=acquired_on,
        categories=categories_for(ticket, today),
        tasks=list_tasks(ticket.id),
        questions=questions,
        is_decidable=bool(decidable(ticket)),
        sources=SOURCES,
        duties=list_duties(ticket),
        proven=PROVEN,
        asks_proof=case.kind.needs_identity is not Identity.NONE,
        is_confirmed=is_confirmed(ticket.id),
        documents=list_documents(ticket.id),
        asked_address=asked_address(ticket.id),
        standing=find_standing(ticket.id),
        consents=consents,
        drafts={name: letters_for(name, forms[name], case) for name in ("close", "wait") if name in forms},
        bound=bound,
        parked=parked_of(bound.get("answer")),
        scans=parked_of(bound.get("record_contact")),
        today_on=today,
        days_left=business_days(desk_calendar(), today, due_on) if due_on else None,
        **words_of(case),
    )


def words_of(case: Case) -> dict[str, Any]:
    """Return the words that the ticket's pages need."""
    return {
        "may_work": may(current_staff().typed_role, Permission.WORK_TICKETS),
        "states": STATES,
        "populations": POPULATIONS,
        "channels": CHANNELS,
        "waits": WAITS,
        "tone": tone_of,
        "certainty": certainty_of,
        "lang": current_language(),
        "say": lambda entry: sentence(entry, case.regime, case.staff),
        "actor": lambda actor: actor_name(actor, case.staff),
        "outcome": outcome_name(case.regime, case.ticket.outcome) if case.ticket.outcome else None,
        "details": {
            "about": _("対象となる情報"),
            "method": _("受け取り方のご希望"),
            "subject": _("件名"),
            "posted_on": _("消印の日付"),
            "tracking": _("書留番号・封筒の記載"),
        },
        "methods": {
            "electronic": _("データで受け取る"),
            "paper": _("書面で受け取る"),
            "other": _("その他の方法"),
        },
        "relations": RELATIONS,
    }


def parked_of(form: TicketForm | None) -> list[tuple[Attachment, str]]:
    """Return the files that wait with a form to be sent, with their names."""
    return describe_parked(form.nonce.data or "") if isinstance(form, AnswerForm | RecordContactForm) else []


def _offered_acts(case: Case, consents: Sequence[Consent]) -> frozenset[str]:
    """Return the acts that the page has buttons for: of the possible ones those that would change something."""
    me, ticket = current_staff(), case.ticket
    if not may(me.typed_role, Permission.WORK_TICKETS):
        return frozenset()
    acts = possible_acts(ticket)
    if ticket.assignee_id == me.id and not ticket.is_escalated:
        acts -= {"take"}
    if "involve" in acts and not any(one.is_used for one in list_services()):
        acts -= {"involve"}
    if "recast" in acts and not other_kinds(ticket):
        acts -= {"recast"}
    if case.kind.needs_identity is Identity.NONE or is_confirmed(ticket.id):
        acts -= {"confirm_identity"}
    if not laws_for(ticket, clock.today()):
        acts -= {"choose_law"}
    if all(one.withdrawn_at is not None for one in consents):
        acts -= {"withdraw_consent"}
    acts -= _address_acts(ticket.id)
    if case.addressee is None:  # the contact was erased
        return acts - {"letter", "change_address", "record_contact"}
    return acts - {"letter"} if case.addressee.email else acts


def _address_acts(ticket_id: int) -> set[str]:
    """Return the acts on an address that waits which are not this person's, or all where none waits."""
    waiting = find_address_request(ticket_id)
    if waiting is None:
        return {"approve_address", "refuse_address"}
    is_own = waiting.asked_by == current_staff().id and not may_change_alone(waiting, clock.now())
    return {"approve_address"} if is_own else set()


def possible_acts(ticket: Ticket) -> frozenset[str]:
    """Return the acts that the ticket's state allows."""
    state = State(ticket.state)
    if state in ENDED:
        return frozenset(
            {"note", "reopen", "letter", "change_address", "approve_address", "refuse_address", "record_contact"}
        )
    acts = {
        "record_contact",
        "take",
        "assign",
        "escalate",
        "recast",
        "wait",
        "answer",
        "note",
        "close",
        "letter",
        "change_address",
        "approve_address",
        "refuse_address",
    }
    acts |= {
        "involve",
        "withdraw_consent",
        "choose_law",
        "tell_delay",
        "check_duties",
        "ask_source",
        "answer_source",
        "receive_fee",
        "confirm_identity",
    }
    if state not in WAITING and state is not State.NOTIFIED and decidable(ticket):
        acts |= {"decide", "approve", "send_back"}
    if state in WAITING:
        acts.add("resume")
    elif state is State.NOTIFIED:
        acts.add("reopen")
    else:
        acts.add("move")
    return frozenset(acts)


def fresh_form(act: str, case: Case) -> TicketForm:
    """Return an empty form for an act on the case as it stands."""
    form = FORMS[act](prefix=act)
    stamp(form, case)
    if isinstance(form, OnceForm):
        form.nonce.data = new_token()
    if isinstance(form, ArrivalForm):
        form.arrived_now()
    if isinstance(form, AskedAddressForm) and (waiting := find_address_request(case.ticket.id)):
        form.asked.data = str(waiting.id)
    fill_choices(form, case.ticket, case)
    return form


def stamp(form: TicketForm, case: Case) -> None:
    """Write into a form from which version of the ticket it is."""
    form.version.data, form.seen.data = case.ticket.version, str(case.seen)
    form.version.raw_data = None  # else the field writes again the version that came too late
