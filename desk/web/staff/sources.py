"""Asking whoever looks after a company's data to look for a person's, and their answers, on the ticket's page."""

from datetime import date

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk.handling import sources
from desk.tickets.sources import Asked
from desk.web.fields import one_line, read_number
from desk.web.staff.acts import perform, read_form
from desk.web.staff.source_forms import AnswerSourceForm, AskSourceForm


def ask_source(ref: str) -> Response:
    """Write down that somebody was asked to look."""
    form = AskSourceForm(request.form, prefix="ask_source")
    ticket, problem = read_form(ref, "ask_source", form)
    if problem is not None:
        return problem
    asked = Asked(one_line(form.of), (form.what.data or "").strip())
    source, due_on = form.source.data, date.fromisoformat(form.due_on.data or "")
    return perform(
        ticket,
        "ask_source",
        form,
        lambda t, who, now: sources.ask_source(t, source, asked, due_on, who, now),
        _("調査の依頼を記録しました"),
    )


def answer_source(ref: str) -> Response:
    """Write down what was found."""
    form = AnswerSourceForm(request.form, prefix="answer_source")
    ticket, problem = read_form(ref, "answer_source", form)
    if problem is not None:
        return problem
    task_id, text, is_found = read_number(form.task.data) or 0, (form.text.data or "").strip(), form.found.data == "yes"
    return perform(
        ticket,
        "answer_source",
        form,
        lambda t, who, now: sources.answer_source(t, task_id, text, who, now, is_found=is_found),
        _("調査の結果を記録しました"),
    )
