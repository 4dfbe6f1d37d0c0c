"""What the desk keeps in people's browsers, and what is known of the services outside that the company uses."""

from flask import render_template

from desk.policy.placing import Relation
from desk.policy.register import latest_checks, list_services
from desk.web.cookies import COOKIES
from desk.web.public.views import blueprint


@blueprint.get("/cookies")
def cookies() -> str:
    """Show both."""
    known = [one for one in list_services() if one.is_used and one.relation != Relation.ENTRUSTMENT and one.does]
    own = [one for one in COOKIES if one.is_public]
    return render_template("public/cookies.html", cookies=own, services=known, checks=latest_checks())
