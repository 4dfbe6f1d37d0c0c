"""The queue: what to do next and by when, narrowed by choices that stand in the address; and the search box."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.accounts.staff import list_colleagues
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.handling.calendars import desk_calendar
from desk.law.calendar import Calendar
from desk.law.regimes import REGIME, get_regime
from desk.mail.custody import count_stuck
from desk.search.find import find
from desk.tickets.models import Population
from desk.tickets.queries import Cursor, Filters, View, find_ticket, fitting_view, list_queue, list_rows
from desk.tickets.states import State
from desk.tickets.tally import FOLD_AT, Tally, fold_tally, read_tally
from desk.tickets.words import POPULATIONS, STATES
from desk.transaction import transaction
from desk.web.fields import read_number
from desk.web.guard import current_staff
from desk.web.navigation import may_open
from desk.web.staff.forms import SearchForm
from desk.web.words import kind_name, tone_of

VIEWS: dict[View, Any] = {
    View.OPEN: _l("未了すべて"),
    View.MINE: _l("自分の担当"),
    View.UNASSIGNED: _l("担当なし"),
    View.OVERDUE: _l("期限超過"),
    View.WAITING: _l("ご本人の対応待ち"),
    View.ESCALATED: _l("管理者へ引継ぎ"),
    View.CLOSED: _l("終了済み"),
}
SEARCH_ROWS = 25
Choice = TypeVar("Choice", bound=StrEnum)


def queue() -> str:
    """Show one page of the queue. What the address asks for and this desk does not know is as if it were not there."""
    staff, today = current_staff(), clock.today()
    me, role = staff.id, staff.typed_role
    filters = read_filters(request.args)
    tally = read_tally(today)
    if tally.unfolded > FOLD_AT:
        with transaction():
            fold_tally()
    page = list_queue(filters, me, today, Cursor.read(request.args.get("cursor"), filters.view))
    return render_template(
        "staff/queue.html",
        rows=page.rows,
        next_url=_address(filters, page.after.write()) if page.after else None,
        first_url=_address(filters) if request.args.get("cursor") else None,
        filters=filters,
        views=[(view, label, count_of(view, tally, me)) for view, label in VIEWS.items()],
        tally=tally,
        stuck=count_stuck() if may(role, Permission.WORK_TICKETS) else 0,
        may_record=may(role, Permission.WORK_TICKETS),
        may_settle=may_open(role, "/admin/alerts"),
        **page_words(today),
    )


def search() -> str | Response:
    """Look tickets up by what was typed; a reference goes straight to its ticket."""
    form = SearchForm(request.form)
    rows, before = [], None
    if request.method == "POST" and form.validate():
        ticket = find_ticket(form.q.data or "")
        if ticket is not None:
            return redirect(url_for("staff.ticket", ref=ticket.ref), 303)
        found = find(form.q.data or "", SEARCH_ROWS, read_number(form.cursor.data))
        rows, before = list_rows(list(found.ticket_ids)), found.before_id
        facts = {"hits": len(rows)}
        with transaction():
            record(EventKind.SEARCHED, actor=staff_actor(current_staff().id), at=clock.now(), facts=facts)
    return render_template("staff/search.html", form=form, rows=rows, before=before, **page_words(clock.today()))


def page_words(today: date) -> dict[str, Any]:
    """Return what a table of tickets needs besides its rows: words, names and the count of business days."""
    regime, calendar = get_regime(REGIME), desk_calendar()
    everybody = list_colleagues()
    return {
        "days_until": lambda due_on: business_days(calendar, today, due_on),
        "tone": tone_of,
        "states": {state: str(word) for state, word in STATES.items()},
        "populations": POPULATIONS,
        "kinds": {code: kind_name(regime, code) for code in regime.kinds},
        "staff_names": {person.id: person.name for person in everybody},
        "colleagues": [person for person in everybody if person.is_active],
        "today_on": today,
    }


@lru_cache(maxsize=4096)
def business_days(calendar: Calendar, today: date, due_on: date) -> int | None:
    """Count the business days left until a date; None once it has passed."""
    return calendar.business_days_between(today, due_on) if due_on > today else None


def read_filters(args: Mapping[str, str]) -> Filters:
    """Return the choices of an address; an unknown value falls back to none."""
    kind, state = args.get("kind"), _one_of(State, args.get("state"))
    return Filters(
        view=fitting_view(_one_of(View, args.get("view")) or View.OPEN, state),
        state=state,
        kind=kind if kind in get_regime(REGIME).kinds else None,
        population=_one_of(Population, args.get("population")),
        assignee_id=read_number(args.get("assignee")),
    )


def count_of(view: View, tally: Tally, staff_id: int) -> int:
    """Return how many tickets a view holds."""
    figures = {
        View.OPEN: tally.open,
        View.MINE: tally.assignees.get(staff_id, 0),
        View.UNASSIGNED: tally.unassigned,
        View.OVERDUE: tally.overdue,
        View.WAITING: tally.waiting,
        View.ESCALATED: tally.escalated,
        View.CLOSED: tally.closed,
    }
    return figures[view]


def _one_of(choices: type[Choice], value: str | None) -> Choice | None:
    try:
        return choices(value) if value else None
    except ValueError:
        return None


def _address(filters: Filters, cursor: str | None = None) -> str:
    return url_for(
        "staff.queue",
        view=filters.view.value if filters.view is not View.OPEN else None,
        state=filters.state,
        kind=filters.kind,
        population=filters.population,
        assignee=filters.assignee_id,
        cursor=cursor,
    )
