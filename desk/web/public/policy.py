"""The company's policy as the public reads it: the version in force, what comes, what was."""

from flask import abort, redirect, render_template
from werkzeug.wrappers import Response

from desk import clock
from desk.company.profile import profile
from desk.policy.models import PolicyVersion
from desk.policy.outline import group, outline
from desk.policy.register import find_version, list_versions, read_version, version_after, version_on
from desk.web.languages import current_language
from desk.web.public.views import blueprint


@blueprint.get("/policy")
def policy() -> Response | str:
    """Show the version in force; before the first, the one that is announced, or the page the company names instead."""
    today = clock.today()
    version = version_on(today) or version_after(today)
    if version is not None:
        return _page(version)
    address = profile(current_language()).policy_url
    return redirect(address, 302) if address else abort(404)


@blueprint.get("/policy/<int:number>")
def policy_version(number: int) -> str:
    """Show one version, in force or not."""
    version = find_version(number) if number < 2**31 else None
    return _page(version) if version is not None else abort(404)


def _page(version: PolicyVersion) -> str:
    read, today = read_version(version), clock.today()
    versions = list_versions()
    later = [one.effective_on for one in versions if one.effective_on > version.effective_on]  # type: ignore[operator]  # a version has a date
    return render_template(
        "public/policy.html",
        policy=read.document,
        version=version,
        versions=versions,
        preamble=group(outline(read.document.preamble)),
        articles=[(article, group(outline(article.lines))) for article in read.document.articles],
        supplement=group(outline(read.document.supplement)),
        in_force=version_on(today),
        coming=version_after(today),
        replaced_on=later[-1] if later else None,
    )
