"""The policy register of the administrator: hand in a text, see what was read, place the rest, give it its day."""

from datetime import date

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.staff import list_staff
from desk.db import db
from desk.events.trail import Actor, staff_actor
from desk.handling.changing import ChangedMeanwhile
from desk.handling.policies import (
    NotAdopted,
    adopt_policy,
    discard_policy,
    import_policy,
    place_in_policy,
)
from desk.policy.differences import compare
from desk.policy.models import PolicyVersion
from desk.policy.notices import count_open_cases, list_notices
from desk.policy.register import list_drafts, list_versions, read_version, version_before, version_on
from desk.policy.source import MOST_BYTES, BadPolicy
from desk.reporting.promises import contradictions_on, open_gaps
from desk.transaction import transaction
from desk.web.admin.policy_forms import REASONS, AdoptForm, MailNotice, OtherNotice, PlaceForm, PolicyFile
from desk.web.downloads import attachment
from desk.web.filters import day
from desk.web.guard import current_staff
from desk.web.languages import current_language
from desk.web.uploads import IN_MEMORY
from desk.web.words import NOTICES

IN_MEMORY["admin.hand_in_policy"] = MOST_BYTES + 1


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/policy", "policies", policies)
    blueprint.add_url_rule("/policy", "hand_in_policy", hand_in_policy, methods=["POST"])
    blueprint.add_url_rule("/policy/<int:policy_id>", "policy", policy)
    blueprint.add_url_rule("/policy/<int:policy_id>/original", "policy_original", policy_original)
    blueprint.add_url_rule("/policy/<int:policy_id>/place", "place_policy", place_policy, methods=["POST"])
    blueprint.add_url_rule("/policy/<int:policy_id>/adopt", "adopt_policy", adopt, methods=["POST"])
    blueprint.add_url_rule("/policy/<int:policy_id>/discard", "discard_policy", discard, methods=["POST"])


def policies() -> str:
    """Show the versions, the drafts, and where to hand in a text."""
    return _list(PolicyFile())


def hand_in_policy() -> Response:
    """Read a text into a draft; the same text again leads to where it is already."""
    form = PolicyFile(request.files)
    handed = request.files.get("file")
    if not form.validate() or handed is None:
        return make_response(_list(form), 400)
    try:
        with transaction():
            row, is_new = import_policy(handed.read(MOST_BYTES + 1), actor=_actor(), now=clock.now())
    except BadPolicy as error:
        form.file.errors = [REASONS[error.code]]
        return make_response(_list(form), 400)
    if is_new:
        flash(_("下書きとして取り込みました。読み取った内容を確かめてください。"), "success")
    else:
        flash(_("同じ内容をすでに取り込んでいます。何も変えていません。"), "info")
    return redirect(url_for("admin.policy", policy_id=row.id), 303)


def policy(policy_id: int) -> str:
    """Show what was read in a text, what it changes, and what it leaves open."""
    return render_policy(find_policy(policy_id))


def policy_original(policy_id: int) -> Response:
    """Give the file back as it was handed in."""
    row = find_policy(policy_id)
    response = make_response(row.original)
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Content-Disposition"] = attachment(f"policy-{row.number or 'draft'}.txt")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def place_policy(policy_id: int) -> Response:
    """Write down what a person has placed."""
    row, form = find_policy(policy_id), PlaceForm(request.form)
    if not form.validate():
        return make_response(render_policy(row, place=form), 400)
    try:
        with transaction():
            place_in_policy(row, form.placed(), version=form.row_version(), actor=_actor(), now=clock.now())
    except ChangedMeanwhile:
        return _changed(policy_id)
    flash(_("内容を保存しました。"), "success")
    return redirect(url_for("admin.policy", policy_id=policy_id), 303)


def adopt(policy_id: int) -> Response:
    """Give a draft its day."""
    row, form = find_policy(policy_id), AdoptForm(request.form)
    if not form.validate():
        return make_response(render_policy(row, adopt=form), 400)
    on = form.day()
    try:
        with transaction():
            needs_consent = bool(form.needs_consent.data)
            adopt_policy(
                row, on, version=form.row_version(), actor=_actor(), now=clock.now(), needs_consent=needs_consent
            )
    except NotAdopted as error:
        problem = {
            "same-date": _("同じ施行日の第%(number)s版があります。別の日を入力してください", number=error.number),
            "same-text": _("最新の第%(number)s版と同じ内容です", number=error.number),
        }[error.code]
        form.effective_on.errors = [problem]
        return make_response(render_policy(find_policy(policy_id), adopt=form), 400)
    except ChangedMeanwhile:
        return _changed(policy_id)
    flash(_("%(day)sから適用します。", day=day(on)), "success")
    return redirect(url_for("admin.policies"), 303)


def discard(policy_id: int) -> Response:
    """Drop a draft."""
    row, form = find_policy(policy_id), AdoptForm(request.form)
    try:
        with transaction():
            discard_policy(row, version=form.row_version(), actor=_actor(), now=clock.now())
    except ChangedMeanwhile:
        return _changed(policy_id)
    flash(_("下書きを破棄しました。"), "success")
    return redirect(url_for("admin.policies"), 303)


def _changed(policy_id: int) -> Response:
    flash(_("ほかの方が先に変更しました。いまの内容を確かめてから、もう一度操作してください。"), "info")
    return redirect(url_for("admin.policy", policy_id=policy_id), 303)


def _list(form: PolicyFile) -> str:
    return render_template(
        "admin/policies.html",
        form=form,
        versions=list_versions(),
        drafts=list_drafts(),
        in_force=version_on(clock.today()),
        contradictions=contradictions_on(clock.today()),
    )


def render_policy(
    row: PolicyVersion,
    *,
    place: PlaceForm | None = None,
    adopt: AdoptForm | None = None,
    mail: MailNotice | None = None,
    other: OtherNotice | None = None,
) -> str:
    """Show one text, with the forms as they were sent where something in them was wrong."""
    read, before = read_version(row), version_before(row)
    suggested: date | None = read.revised_on or read.enacted_on
    if suggested in {one.effective_on for one in list_versions()}:
        suggested = None
    return render_template(
        "admin/policy.html",
        row=row,
        read=read,
        gaps=open_gaps(read),
        before=before,
        pairs=compare(read_version(before).document, read.document) if before is not None else [],
        place=place or PlaceForm.of(read, row.version),
        adopt=adopt or AdoptForm(version=row.version, effective_on=suggested.isoformat() if suggested else ""),
        mail=mail or MailNotice(),
        other=other or OtherNotice(),
        notices=list_notices(row.id),
        ways=NOTICES,
        open_cases=count_open_cases(),
        names={person.id: person.name for person in list_staff()},
        lang=current_language(),
    )


def find_policy(policy_id: int) -> PolicyVersion:
    """Return a text by its number as it stands now, or answer that there is none."""
    row = db.session.get(PolicyVersion, policy_id, populate_existing=True) if policy_id < 2**63 else None
    return row if row is not None else abort(404)


def _actor() -> Actor:
    return staff_actor(current_staff().id)
