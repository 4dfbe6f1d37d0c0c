"""`desk company`: whose desk this is, from the terminal."""

import json
import re

import click

from desk import clock
from desk.addresses import is_mailable, plain_address
from desk.company.profile import PHONE, POSTAL_CODE, get_company
from desk.db import db
from desk.events.trail import DESK
from desk.handling.administration import CompanyWords, change_company
from desk.handling.changing import ChangedMeanwhile
from desk.transaction import transaction

LONGEST_NAME, LONGEST_ADDRESS = 200, 500


def _name(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (value.strip() and value.isprintable() and len(value) <= LONGEST_NAME):
        raise click.BadParameter(f"1 to {LONGEST_NAME} characters on one line")
    return value.strip() if value is not None else None


def _contact(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    address = plain_address(value)
    if not is_mailable(address):
        raise click.BadParameter("not an e-mail address")
    return address


def _address(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) <= LONGEST_ADDRESS and value.replace("\n", "").isprintable()):
        raise click.BadParameter(f"up to {LONGEST_ADDRESS} characters")
    return value.strip() if value is not None else None


def _postal_code(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value and not re.match(POSTAL_CODE, value):
        raise click.BadParameter("write it as 100-0001")
    return value


def _phone(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value and not re.match(PHONE, value):
        raise click.BadParameter("digits, spaces, hyphens and brackets, with + for another country")
    return value


@click.group()
def company() -> None:
    """Say whose desk this is."""


@company.command("set")
@click.option("--name-ja", callback=_name, help="The company's name in Japanese.")
@click.option("--name-en", callback=_name, help="The company's name in English.")
@click.option("--contact", "contact_email", callback=_contact, help="The published e-mail address.")
@click.option("--postal-code", callback=_postal_code)
@click.option("--address", "address_ja", callback=_address, help="The postal address as written in Japanese.")
@click.option("--address-en", callback=_address)
@click.option("--phone", callback=_phone)
def set_profile(**given: str | None) -> None:
    """Change what is given of the company's profile, keep the rest, and print the whole as JSON."""
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to change; see `desk company set --help`")
    try:
        with transaction():
            row = get_company()
            words = {name: getattr(row, name) for name in CompanyWords.__slots__} | changes
            change_company(CompanyWords(**words), version=row.version, actor=DESK, now=clock.now())
    except ChangedMeanwhile as error:
        raise click.ClickException("somebody else changed the profile at this moment; try again") from error
    db.session.rollback()
    click.echo(json.dumps(words, ensure_ascii=False))
