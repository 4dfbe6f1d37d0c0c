"""The manager door: how long people wait, the tickets behind every figure, and the same as a spreadsheet."""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.reporting import rollup
from desk.reporting.behind import list_behind
from desk.reporting.response_times import response_times
from desk.reporting.tables import as_csv
from desk.tickets.tally import FOLD_AT, fold_tally, read_tally
from desk.transaction import transaction
from desk.web.downloads import attachment
from desk.web.guard import current_staff
from desk.web.manager import asking, words
from desk.web.staff.queue import page_words

blueprint = Blueprint("manager", __name__)


@blueprint.get("/")
def dashboard() -> tuple[str, int]:
    """Show what is late or about to be, then how long people waited in a period, by kind, month and agent."""
    period = asking.read_period(request.args)
    _fold()
    report = response_times(period.first, period.last, clock.today())
    measure = asking.read_measure(request.args)
    page = render_template(
        "manager/dashboard.html",
        report=report,
        period=period,
        measure=measure,
        measures=words.MEASURES,
        month_name=words.month_name,
        names=words.names(),
        behind=lambda **more: asking.address("manager.tickets", period, **more),
        switch=lambda chosen: asking.address("manager.dashboard", period, measure=chosen),
        month_of=lambda key: asking.month_of(key, period),
        sheet=asking.address("manager.sheet", period),
        **words.findings(report, measure),
    )
    return page, 400 if period.problem else 200


@blueprint.get("/tickets")
def tickets() -> str:
    """List the tickets that a figure counted."""
    period, today = asking.read_period(request.args), clock.today()
    behind = asking.read_behind(request.args, period)
    page = list_behind(behind, today, asking.read_cursor(request.args.get("after")))
    return render_template(
        "manager/tickets.html",
        rows=page.rows,
        behind=behind,
        title=words.title_of(behind),
        back=asking.address("manager.dashboard", period, measure=behind.measure),
        next_url=asking.next_address(behind, period, page.after) if page.after else None,
        **page_words(today),
    )


@blueprint.get("/response-times.csv")
def sheet() -> Response | tuple[str, int]:
    """Give the period's figures as CSV that a Japanese Excel opens rightly, and note in the trail that they left."""
    period = asking.read_period(request.args)
    if period.problem:
        return dashboard()
    with transaction():
        facts = {"what": f"response-times {period.first}..{period.last}"}
        record(EventKind.EXPORTED, actor=staff_actor(current_staff().id), at=clock.now(), facts=facts)
    report = response_times(period.first, period.last, clock.today())
    body = as_csv(report, words.sheet_names(report), words.column_words())
    name = f"{_('対応状況')}-{period.first}-{period.last}.csv"
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = attachment(name)
    return response


def _fold() -> None:
    if rollup.waiting_lines() > rollup.FOLD_AT:
        with transaction():
            rollup.fold()
    if read_tally(clock.today()).unfolded > FOLD_AT:
        with transaction():
            fold_tally()
