"""The arrival of a fee, from the ticket's page: written down, with a receipt for the person."""

from datetime import date

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.handling import fees
from desk.handling.fees import Paid, Way
from desk.handling.laws import law_of
from desk.reporting.notice_drafts import Filling, draft_letter
from desk.web.fields import read_number
from desk.web.staff.acts import perform, read_form
from desk.web.staff.fee_form import ReceiveFeeForm


def receive_fee(ref: str) -> Response:
    """Write down that the fee has arrived, and go on."""
    form = ReceiveFeeForm(request.form, prefix="receive_fee")
    ticket, problem = read_form(ref, "receive_fee", form)
    if problem is not None:
        return problem
    yen, on = read_number(form.yen.data) or 0, date.fromisoformat(form.paid_on.data or "")
    receipt = draft_letter("L4-receipt", ticket, law_of(ticket), Filling(clock.today(), paid_on=on, fee_yen=yen))
    paid = Paid(yen, Way(form.way.data), on, receipt, form.nonce.data)
    base_url = str(current_app.extensions["config"].base_url)
    return perform(
        ticket,
        "receive_fee",
        form,
        lambda t, who, now: fees.receive_fee(t, paid, who, now, base_url),
        _("手数料の受領を記録し、領収のお知らせを送信待ちにしました"),
    )
