"""`desk due`: the dates of a case from the terminal, by the same code as tickets, without a database or settings."""

import json
import re
from datetime import date, datetime
from typing import Any

import click

from desk.law.calendar import japan_calendar
from desk.law.deadlines import Clock, ClockEvent, compute
from desk.law.errors import LawError
from desk.law.regimes import get_regime

DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


class WrongInput(click.ClickException):
    """What was typed cannot be used: exit 2 with one line on standard error."""

    exit_code = 2


@click.command("due")
@click.option("--regime", required=True, help="Body of rules, such as jp-appi.")
@click.option("--kind", required=True, help="Kind of request, such as D33.")
@click.option("--received", required=True, help="Arrival: RFC 3339 instant, or a date (JST).")
@click.option("--event", "events", multiple=True, metavar="TYPE@T", help="What happened since; recast:KIND@T.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def due(regime: str, kind: str, received: str, events: tuple[str, ...], as_json: bool) -> None:
    """Compute and explain the dates of a case."""
    try:
        rules = get_regime(regime)
        happened = [read_event(event) for event in events]
        clock = compute(rules, kind, read_time(received, "--received"), happened, japan_calendar())
    except LawError as error:
        raise WrongInput(str(error)) from None
    if as_json:
        click.echo(json.dumps({"regime": rules.version, **to_data(clock)}, ensure_ascii=False, indent=2))
    else:
        click.echo(to_text(clock, f"{rules.name.ja} {rules.kind(clock.kind).name.ja}（{clock.kind}）"))


def read_time(text: str, what: str) -> datetime | date:
    """Read an RFC 3339 instant (seconds may be left out) or a YYYY-MM-DD date; raises WrongInput naming `what`."""
    try:
        if DATE.match(text):
            return date.fromisoformat(text)
        if INSTANT.match(text):
            return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise WrongInput(f"{what}: {text!r}: {error}") from None
    raise WrongInput(f"{what}: {text!r} is neither YYYY-MM-DD nor an RFC 3339 time with offset")


def read_event(text: str) -> ClockEvent:
    """Read TYPE@T or recast:KIND@T; raises WrongInput quoting what cannot be read."""
    name, at, time = text.partition("@")
    if not at:
        raise WrongInput(f"--event: {text!r} is not TYPE@T")
    return ClockEvent(name, read_time(time, "--event"))


def to_data(clock: Clock) -> dict[str, Any]:
    """Return a clock as plain data: dates YYYY-MM-DD in Asia/Tokyo, instants RFC 3339 with offset."""
    return {
        "kind": clock.kind,
        "ack_by": clock.ack_by.isoformat(),
        "reply_by": clock.reply_by.isoformat(),
        "target_on": _plain(clock.target_on),
        "due_on": _plain(clock.due_on),
        "limit_on": _plain(clock.limit_on),
        "waiting": clock.waiting,
        "waited_days": clock.waited_days,
        "explanation": [
            {"on": line.on.isoformat(), "rule": line.rule, "text": line.text.ja, "text_en": line.text.en}
            for line in clock.explanation
        ],
        "calendar": clock.calendar,
    }


def to_text(clock: Clock, title: str) -> str:
    """Return a clock as Japanese lines for a person: the dates first, then why."""
    data = to_data(clock)
    waiting = {"identity": "本人確認", "correction": "補正", "fee": "手数料"}.get(clock.waiting or "", "なし")
    lines = [
        title,
        f"  受付の通知  {data['ack_by']} まで（自動）",
        f"  最初の返答  {data['reply_by']} まで",
        f"  目標日      {data['target_on'] or 'なし'}",
        f"  期限        {data['due_on'] or 'なし'}",
        f"  上限        {data['limit_on'] or 'なし'}",
        f"  待ち        {waiting}（終わった待ちは計{clock.waited_days}日）",
        "理由",
        *(f"  {line.on.isoformat()}  {line.text.ja}" for line in clock.explanation),
        f"暦  {clock.calendar}",
    ]
    return "\n".join(lines)


def _plain(day: date | None) -> str | None:
    return day.isoformat() if day else None
