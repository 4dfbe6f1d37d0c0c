"""Which kinds of request the desk offers: what the law's data gives out, and what an administrator has activated."""

from dataclasses import dataclass
from datetime import date, datetime

from desk.company.activation import activated
from desk.company.models import Activation
from desk.db import db, new_id, read_again
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.law.regimes import REGIME, Kind, get_regime
from desk.tickets.asking import MORE_KINDS, PUBLIC_KINDS
from desk.tickets.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Check:
    """Who has compared a kind's rules with which source, on which JST date."""

    by: str
    on: date
    source: str


def offered_kinds(regime: str, on: date) -> tuple[Kind, ...]:
    """List the kinds offered on a JST date, in the order of the law's data."""
    return get_regime(regime).active_kinds(on, activated(regime))


def askable_kinds(on: date, kind: str | None = None) -> frozenset[str]:
    """Return the kinds that a person may ask for on a JST date, at every public door.

    With a `kind` that the law's data alone gives out, what an administrator has activated besides is not looked up.
    """
    public = {*PUBLIC_KINDS, *MORE_KINDS}
    always = frozenset(one.code for one in get_regime(REGIME).active_kinds(on)) & public
    return always if kind in always else frozenset(one.code for one in offered_kinds(REGIME, on)) & public


def activate(regime: str, kind: str, check: Check, *, actor: Actor, now: datetime) -> None:
    """Offer a kind whose source is not the law itself. Raises `NotAllowed` for one that is offered anyway."""
    _decide(regime, kind, now, is_active=True, checked_by=check.by, checked_on=check.on, source=check.source)
    record(EventKind.KIND_ACTIVATED, actor=actor, at=now, facts={"regime": regime, "kind": kind})


def deactivate(regime: str, kind: str, name: str, *, actor: Actor, now: datetime) -> None:
    """Offer a kind no more, as `name` decides; tickets that have it keep it. Raises `NotAllowed` as `activate`."""
    _decide(regime, kind, now, is_active=False, checked_by=name)
    record(EventKind.KIND_DEACTIVATED, actor=actor, at=now, facts={"regime": regime, "kind": kind})


def _decide(regime: str, kind: str, now: datetime, **values: object) -> None:
    if not get_regime(regime).kind(kind).needs_activation:
        raise NotAllowed(f"{kind} needs no activation")
    db.session.add(Activation(id=new_id(), regime=regime, kind=kind, at=now, **values))
    db.session.flush()
    read_again()
