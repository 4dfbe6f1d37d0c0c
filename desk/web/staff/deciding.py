"""The decision on a ticket: its draft with items and grounds, the second person who approves it, and what came before."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as BaseResponse

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.accounts.staff import find_staff
from desk.events.trail import Actor, staff_actor
from desk.handling import decisions
from desk.handling.decisions import DutiesOpen, GroundsMissing, MeasureMissing, NewMessage, NotTheApprover, OutcomeUnfit
from desk.handling.laws import law_of
from desk.tickets.decisions import Decided, Decision, DecisionState, find_standing, list_decisions_of
from desk.tickets.errors import Conflict, NotAllowed
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Ticket
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.web.fields import read_number
from desk.web.filters import bracketed
from desk.web.guard import current_staff, fetch_ticket
from desk.web.languages import current_language
from desk.web.staff.acts import conflict_of, perform, read_form
from desk.web.staff.case import Case, open_case
from desk.web.staff.conflict import conflict_page
from desk.web.staff.decision_forms import RESULTS, ApproveForm, CheckDutiesForm, DecideForm, SendBackForm
from desk.web.staff.forms import TicketForm
from desk.web.staff.letter_drafts import begin_letter
from desk.web.staff.page import fresh_form, possible_acts, stamp, words_of

Act = Callable[[Ticket, Actor, datetime], object]


def check_duties(ref: str) -> BaseResponse:
    """Tick off what was seen to, and take back what was not."""
    form = CheckDutiesForm(request.form, prefix="check_duties")
    ticket, problem = read_form(ref, "check_duties", form)
    if problem is not None:
        return problem
    done = frozenset(form.done.data or ())
    return perform(
        ticket,
        "check_duties",
        form,
        lambda t, who, now: decisions.check_duties(t, done, who, now),
        _("確認事項を記録しました"),
    )


def decision(ref: str) -> Response:
    """Show how a ticket stands to be decided."""
    return _page(fetch_ticket(ref, Permission.READ_TICKETS), {})


def decide(ref: str) -> BaseResponse:
    """Write a decision down."""
    form = DecideForm(request.form, prefix="decide")
    ticket, problem = _read(ref, "decide", form)
    if problem is not None:
        return problem
    decided = Decided(
        form.outcome.data, form.items(), (form.measure.data or "").strip(), (form.hidden.data or "").strip()
    )
    return _perform(
        ticket,
        "decide",
        form,
        lambda t, who, now: decisions.draft_decision(t, decided, who, now),
        _("判断を記録しました"),
    )


def approve(ref: str) -> BaseResponse:
    """Approve the decision as a second person."""
    form = ApproveForm(request.form, prefix="approve")
    ticket, problem = _read(ref, "approve", form)
    if problem is not None:
        return problem
    number, why = read_number(form.decision.data) or 0, (form.text.data or "").strip()
    return _perform(
        ticket,
        "approve",
        form,
        lambda t, who, now: decisions.approve_decision(t, number, why, who, now),
        _("判断を承認しました。結果を通知して終了できます"),
    )


def send_back(ref: str) -> BaseResponse:
    """Give the decision back to be worked on."""
    form = SendBackForm(request.form, prefix="send_back")
    ticket, problem = _read(ref, "send_back", form)
    if problem is not None:
        return problem
    number, why = read_number(form.decision.data) or 0, (form.text.data or "").strip()
    return _perform(
        ticket,
        "send_back",
        form,
        lambda t, who, now: decisions.return_decision(t, number, why, who, now),
        _("判断案を差し戻しました"),
    )


def _read(ref: str, name: str, form: TicketForm) -> tuple[Ticket, Response | None]:
    """Read a form of the decision's page as `read_form` does those of the ticket's."""
    ticket = fetch_ticket(ref, Permission.WORK_TICKETS)
    _offer(form, ticket)
    if late := conflict_of(ticket, name, form):
        return ticket, late
    return ticket, None if form.validate() else _page(ticket, {name: form}, 400)


def _perform(ticket: Ticket, name: str, form: TicketForm, act: Act, done: str) -> BaseResponse:
    """Do one act of the decision's page, and show it again; what stands against it is said there."""
    ticket_id, ref, staff_id = ticket.id, ticket.ref, current_staff().id
    try:
        with transaction():
            act(hold(ticket_id, form.version.data), staff_actor(staff_id), clock.now())
    except (Conflict, StaleDataError):
        return conflict_page(ticket_id, name, form)
    except NotAllowed as error:
        told = [(_words_of(error, name), "#approve-text" if name == "approve" else "#decide-outcome")]
        return _page(fetch_ticket(ref, Permission.WORK_TICKETS), {name: form}, 400, told)
    flash(done, "success")
    return redirect(url_for("staff.decision", ref=ref), 303)


def _words_of(error: NotAllowed, act: str) -> str:
    words = {
        DutiesOpen: _(
            "未了の確認事項か、回答を待っている調査があります。済ませるか、管理者が理由を書いて承認してください。"
        ),
        NewMessage: _("判断案のあとにご本人からメッセージが届いています。内容を確かめて、判断し直してください。"),
        NotTheApprover: _(
            "この判断は、作成者以外の方（応じない判断は管理者）が承認します。ひとりで承認するときは理由が必要です。"
        ),
        GroundsMissing: _("応じない行と、別の方法による行には、根拠とそう判断した事実を入力してください。"),
        MeasureMissing: _("訂正などの内容を「行った措置・代わりの措置」に入力してください。ご本人にお伝えします。"),
        OutcomeUnfit: _(
            "結果と各行の扱いが合っていません。すべてご請求のとおりにする結果には応じない行を置かず、それ以外の結果には1行以上置いてください。"
        ),
    }
    if type(error) is DutiesOpen and act == "decide":
        return str(_("未了の確認事項か、回答を待っている調査があります。済ませてから判断を記録してください。"))
    return str(words.get(type(error)) or _("いまの状態では判断を記録できません。"))


def _page(
    ticket: Ticket, bound: dict[str, TicketForm], status: int = 200, problems: Sequence[tuple[str, str]] = ()
) -> Response:
    case, me, now = open_case(ticket), current_staff(), clock.now()
    standing = find_standing(ticket.id)
    acts = possible_acts(ticket) if may(me.typed_role, Permission.WORK_TICKETS) else frozenset()
    forms: dict[str, TicketForm] = {
        name: bound.get(name) or _fresh(name, case, standing)
        for name in ("decide", "approve", "send_back")
        if name in acts
    }
    if standing is None or standing.state != DecisionState.DRAFTED:
        forms = {name: form for name, form in forms.items() if name == "decide"}
    elif not _may_approve(ticket, standing, now):
        forms.pop("approve", None)
    if standing is not None and standing.state == DecisionState.APPROVED and "close" in acts:
        forms["close"] = _closing(case, standing)
    language = current_language()
    page = render_template(
        "staff/decision.html",
        case=case,
        ticket=ticket,
        forms=forms,
        bound=bound,
        problems=problems,
        duties=decisions.list_duties(ticket),
        standing=standing,
        needs_manager=standing is not None and decisions.outcome_of_decision(ticket, standing).refusal,
        approvers=[one.name for one in decisions.list_approvers(ticket, standing)] if standing is not None else [],
        rows=[(one, _opened(case, one)) for one in list_decisions_of(ticket.id)],
        grounds=law_of(ticket).grounds_of(ticket.kind),
        results=RESULTS,
        outcome_names={one.code: one.name.get(language) for one in case.regime.outcomes.values()},
        **words_of(case),
    )
    return make_response(page, status)


def _opened(case: Case, row: Decision) -> Decided | None:
    key = keys_of(case.ticket.id).get(Purpose.DESK)
    return Decided.unseal(key, row.outcome, row.sealed).mapped(mask_numbers) if key is not None else None


def _closing(case: Case, standing: Decision) -> TicketForm:
    """Return the form that ends a ticket as was decided, with the draft of the notice."""
    form, decided = fresh_form("close", case), _opened(case, standing)
    form["outcome"].data = standing.outcome
    if decided is not None:
        begin_letter(form, standing.outcome, case, decided)
    return form


def _may_approve(ticket: Ticket, standing: Decision, now: datetime) -> bool:
    me = current_staff()
    if me.id == standing.author_id:
        return decisions.may_approve_alone(ticket, standing, now)
    staff = find_staff(me.id)
    return staff is not None and decisions.is_approver(staff, decisions.outcome_of_decision(ticket, standing))


def _fresh(name: str, case: Case, standing: Decision | None) -> TicketForm:
    """Return an empty form; a decision begins with the one that stands."""
    kinds: dict[str, type[TicketForm]] = {"decide": DecideForm, "approve": ApproveForm, "send_back": SendBackForm}
    form = kinds[name](prefix=name)
    stamp(form, case)
    if isinstance(form, ApproveForm | SendBackForm) and standing is not None:
        form.decision.data = str(standing.id)
    _offer(form, case.ticket)
    decided = _opened(case, standing) if standing is not None else None
    if isinstance(form, DecideForm) and decided is not None:
        form.outcome.data, form.measure.data, form.hidden.data = decided.outcome, decided.measure, decided.hidden
        form.fill(decided.items)
    return form


def _offer(form: Any, ticket: Ticket) -> None:
    """Give the choices of a decision their words."""
    if not isinstance(form, DecideForm):
        return
    language = current_language()
    outcomes = [(one.code, bracketed(one.name.get(language), one.code)) for one in decisions.decidable(ticket)]
    form.outcome.choices = [("", _("選択してください")), *outcomes]
    grounds = [(one.code, f"{one.code} {one.gloss.get(language)}") for one in law_of(ticket).grounds_of(ticket.kind)]
    for _what, result, ground, _facts in form.rows():
        result.choices = list(RESULTS.items())
        ground.choices = [("", _("なし")), *grounds]
