"""`desk policy`: the company's policy, from a file into the register."""

import json
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from flask import current_app

from desk import clock
from desk.db import db
from desk.events.trail import DESK
from desk.handling.policies import NotAdopted, adopt_policy, import_policy
from desk.policy.gaps import find_gaps
from desk.policy.models import PolicyVersion
from desk.policy.placing import Policy
from desk.policy.register import list_versions, read_version
from desk.policy.source import MOST_BYTES, BadPolicy
from desk.transaction import transaction

SAMPLE = Path(__file__).parents[1] / "develop" / "sample_policy.ja.md"
REASONS = {
    "empty": "the file holds no text",
    "too-large": f"the file is larger than {MOST_BYTES // 1024} KiB, which no policy is",
    "not-text": "the file is no text (Markdown, HTML or plain text in any usual encoding)",
    "not-a-policy": "no articles of a privacy policy were found in the file",
}


@click.group()
def policy() -> None:
    """Keep the company's policy."""


@policy.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--effective", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day in force, in Japan.")
@click.option("--needs-consent", is_flag=True, help="Earlier data may be used for its new purposes only with consent.")
@click.option("--json", "as_json", is_flag=True, help="Print what was read as JSON.")
def import_(file: IO[bytes], effective: datetime, *, needs_consent: bool, as_json: bool) -> None:
    """Read a policy from FILE and make it the version in force from a day on; the same text twice changes nothing."""
    try:
        with transaction():
            row, _is_new = import_policy(file.read(MOST_BYTES + 1), actor=DESK, now=clock.now())
            db.session.flush()
            if row.number is None:
                on, now = effective.date(), clock.now()
                adopt_policy(row, on, version=row.version, actor=DESK, now=now, needs_consent=needs_consent)
            elif row.effective_on != effective.date():
                raise click.ClickException(
                    f"this text is version {row.number} already, in force from {row.effective_on}"
                )
    except BadPolicy as error:
        raise click.ClickException(REASONS[error.code]) from error
    except NotAdopted as error:
        raise click.ClickException(f"version {error.number} has the same {error.code.removeprefix('same-')}") from error
    found = read_version(row)
    if as_json:
        click.echo(json.dumps(_as_json(row, found), ensure_ascii=False))
    else:
        _tell(row, found)


@policy.command(hidden=True)
def sample() -> None:
    """Give a development desk that has no policy the sample; `desk up` does so."""
    if current_app.extensions["config"].production:
        raise click.ClickException("the sample is for development only")
    with transaction():
        if not list_versions():
            row, _is_new = import_policy(SAMPLE.read_bytes(), actor=DESK, now=clock.now())
            db.session.flush()
            since = read_version(row).enacted_on or clock.today()
            adopt_policy(row, since, version=row.version, actor=DESK, now=clock.now())


def _as_json(row: PolicyVersion, found: Policy) -> dict[str, object]:
    return {
        "version": row.number,
        "articles": [{"number": one.number, "heading": one.heading} for one in found.document.articles],
        "purposes": {str(group): list(texts) for group, texts in found.purposes.items()},
        "categories": [{"text": one.text, "source": one.source} for one in found.categories],
        "processors": [{"name": one.name, "relation": str(one.relation)} for one in found.services],
        "contact": found.contact,
        "gaps": [
            {"code": gap.rule.code, "text": _gap_text(gap.rule.words["ja"].title, gap.found)}
            for gap in find_gaps(found)
        ],
    }


def _gap_text(title: str, found: tuple[str, ...]) -> str:
    return f"{title}：{'、'.join(found)}" if found else title


def _tell(row: PolicyVersion, found: Policy) -> None:
    """Say in a few lines what was read and what a person still has to do."""
    click.echo(f"version {row.number}, in force from {row.effective_on}: {row.title}")
    click.echo(
        f"articles {len(found.document.articles)}, categories {len(found.categories)}, services {len(found.services)}"
    )
    click.echo("purposes " + ", ".join(f"{group} {len(texts)}" for group, texts in found.purposes.items()))
    if found.enacted_on not in (None, row.effective_on, found.revised_on) and found.revised_on != row.effective_on:
        click.echo(f"the text itself says {found.revised_on or found.enacted_on}")
    for one in found.unplaced:
        click.echo(f"not placed ({one.what}): {one.where} {one.text}".rstrip())
    for gap in find_gaps(found):
        click.echo(
            f"gap {gap.rule.code}: {gap.rule.words['en'].title}" + (f" ({', '.join(gap.found)})" if gap.found else "")
        )
