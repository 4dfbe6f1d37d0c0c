"""What the desk keeps in people's browsers, what the policy says of cookies, and what is known of the services outside."""

from flask import render_template

from desk import clock
from desk.policy.articles import Article
from desk.policy.outline import Block, group, outline
from desk.policy.register import latest_checks, list_told_services, read_version, version_on
from desk.web.cookies import COOKIES
from desk.web.public.views import blueprint


@blueprint.get("/cookies")
def cookies() -> str:
    """Show all three."""
    return render_template(
        "public/cookies.html",
        cookies=[one for one in COOKIES if one.is_public],
        articles=_articles(),
        services=list_told_services(),
        checks=latest_checks(),
    )


def _articles() -> list[tuple[Article, list[tuple[str, list[Block]]]]]:
    """Return what the version in force says of cookies, in runs."""
    version = version_on(clock.today())
    about = read_version(version).document.about_cookies() if version is not None else []
    return [(one, group(outline(one.lines))) for one in about]
