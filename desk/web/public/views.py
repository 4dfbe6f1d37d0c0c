"""The public door."""

from flask import Blueprint, render_template

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def landing() -> str:
    """Show what can be asked, what it costs, which proof is needed and when the person will hear."""
    return render_template("public/landing.html")
