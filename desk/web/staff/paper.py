"""The letter for somebody without an e-mail address: one press makes it, and it is shown this once."""

from flask import current_app, make_response, render_template, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from desk import clock
from desk.events.trail import staff_actor
from desk.handling.paper import print_letter
from desk.tickets.errors import Conflict, NotAllowed
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.web.guard import current_staff
from desk.web.staff.acts import read_form
from desk.web.staff.conflict import conflict_page
from desk.web.staff.forms import PlainForm


def letter(ref: str) -> Response:
    """Make a letter with a new link and code, and show it to be printed; sent again, the form makes no second one."""
    form = PlainForm(request.form, prefix="letter")
    ticket, problem = read_form(ref, "letter", form)
    if problem is not None:
        return problem
    ticket_id, actor = ticket.id, staff_actor(current_staff().id)
    base_url = str(current_app.extensions["config"].base_url)
    try:
        with transaction():
            held = hold(ticket_id, form.version.data)
            printed = print_letter(held, actor, clock.now(), base_url)
    except (Conflict, StaleDataError, NotAllowed) as error:
        return conflict_page(ticket_id, "letter", form, refused=isinstance(error, NotAllowed))
    return make_response(render_template("staff/letter.html", printed=printed, ticket=held))
