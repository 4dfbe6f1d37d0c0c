"""`desk report`: figures for people and programs."""

import json
from datetime import datetime

import click

from desk import clock
from desk.accounts.staff import list_staff
from desk.company.settings import get_setting
from desk.law.regimes import REGIME, get_regime
from desk.policy.inspections import find_inspection, period_of, unopened
from desk.reporting import rollup
from desk.reporting.inspection_paper import record_as_json, record_as_pdf
from desk.reporting.response_times import BadPeriod, response_times
from desk.reporting.tables import Names, as_csv, as_json
from desk.transaction import transaction
from desk.typeset import NotTypeset

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def report() -> None:
    """Print figures."""


@report.command("response-times")
@click.option("--from", "first", type=DAY, required=True, help="First day of arrival, JST.")
@click.option("--to", "last", type=DAY, required=True, help="Last day of arrival, JST.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="json", show_default=True)
def print_response_times(first: datetime, last: datetime, form: str) -> None:
    """Print how long people waited: acknowledgement, first human answer, notice."""
    try:
        found = response_times(first.date(), last.date(), clock.today())
    except BadPeriod as error:
        raise click.UsageError(str(error)) from error
    if form == "csv":
        click.echo(as_csv(found, names()), nl=False)
    else:
        click.echo(json.dumps(as_json(found, names()), ensure_ascii=False))


@report.command("inspection")
@click.option("--year", type=click.IntRange(2000, 2099), required=True, help="In which the business year begins.")
@click.option("--format", "form", type=click.Choice(["pdf", "json"]), default="json", show_default=True)
def print_inspection(year: int, form: str) -> None:
    """Print the yearly inspection: figures, findings, corrective actions, signature and receipt."""
    first, last = period_of(year, get_setting("business_year_month"))
    if first > clock.today():
        raise click.UsageError(f"the business year {year} has not begun")
    found = find_inspection(year) or unopened(year, first, last)
    if form == "json":
        click.echo(json.dumps(record_as_json(found, clock.now()), ensure_ascii=False))
        return
    try:
        click.echo(record_as_pdf(found, clock.now()), nl=False)
    except NotTypeset as error:
        raise click.ClickException("the PDF could not be made") from error


@report.command("rebuild")
def rebuild() -> None:
    """Count the figures behind the reports anew from the tickets."""
    with transaction():
        rollup.rebuild()


def names() -> Names:
    """Return the names of kinds and agents by their keys, in Japanese."""
    kinds = {code: kind.name.ja for code, kind in get_regime(REGIME).kinds.items()}
    return {"kind": kinds, "agent": {str(person.id): person.name for person in list_staff()} | {"0": "担当なし"}}
