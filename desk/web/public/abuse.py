"""Telling people from machines at the form: honeypot, least time, counts, and proof of work where something is odd.

Nothing is ever dropped unseen: who is suspicious is asked for a proof, who is blocked is told another way in.
"""

import base64
import binascii
import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import Any

import altcha
from flask import current_app, request
from sqlalchemy import select

from desk import clock
from desk.accounts.models import Throttle
from desk.db import db, insert_rows, new_id
from desk.tickets.asking import Asked
from desk.vault.seal import derive
from desk.web.limits import caller, count, fingerprint
from desk.web.public.stamp import is_hasty

PROOF_LIFE = timedelta(minutes=20)
PROOF_COST = 20_000

ODD_PER_NETWORK = 5, timedelta(minutes=10)
MOST_PER_NETWORK = 30, timedelta(hours=1)
ODD_PER_ADDRESS = 5, timedelta(days=1)


class Verdict(StrEnum):
    """What to do with a submission."""

    FINE = "fine"
    PROVE = "prove"
    BLOCKED = "blocked"


def judge(asked: Asked) -> Verdict:
    """Judge a final submission by its haste and by what came before it; every call counts as one."""
    if not current_app.extensions["config"].limits:
        return Verdict.FINE
    network = caller()
    by_network = count("form", network, ODD_PER_NETWORK[1])
    if count("form-hour", network, MOST_PER_NETWORK[1]) > MOST_PER_NETWORK[0]:
        return Verdict.BLOCKED
    address = asked.agent_email if asked.by_agent and asked.agent_email else asked.email
    by_address = count("form-to", fingerprint("address", address.lower()), ODD_PER_ADDRESS[1]) if address else 0
    odd = by_network > ODD_PER_NETWORK[0] or by_address > ODD_PER_ADDRESS[0] or bool(request.form.get("website"))
    return Verdict.PROVE if odd or is_hasty() else Verdict.FINE


def is_over_limit(asked: Asked) -> bool:
    """Count a call of the API among the form's and tell whether it is one too many; a machine cannot be asked."""
    if not current_app.extensions["config"].limits:
        return False
    network, address = caller(), asked.agent_email if asked.by_agent and asked.agent_email else asked.email
    by_network = count("form-hour", network, MOST_PER_NETWORK[1])
    by_address = count("form-to", fingerprint("address", address.lower()), ODD_PER_ADDRESS[1])
    return by_network > MOST_PER_NETWORK[0] or by_address > ODD_PER_ADDRESS[0]


def new_challenge() -> dict[str, Any]:
    """Return a fresh proof-of-work challenge, as the widget reads it."""
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256", PROOF_COST, hmac_secret=_secret(), expires_at=clock.now() + PROOF_LIFE
    )
    return dict(challenge.to_dict())


def is_proved(payload: str | None) -> bool:
    """Tell whether a proof is right, fresh and used for the first time; it is spent in the current transaction.

    What is spent is the challenge's own signature, since the same proof can be written down in many ways. Of two
    transactions that spend one proof at once, one fails with `IntegrityError`.
    """
    if not payload or len(payload) > 5000:
        return False
    try:
        signature = json.loads(base64.b64decode(payload, validate=True))["challenge"]["signature"]
        if not altcha.verify_solution(payload, _secret()).verified:
            return False
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return False
    return _spend(hashlib.sha256(f"proof:{signature}".encode()).digest())


def _spend(mark: bytes) -> bool:
    if db.session.scalar(select(Throttle.id).where(Throttle.fingerprint == mark)) is not None:
        return False
    values = {"id": new_id(), "fingerprint": mark, "window_at": clock.now() + PROOF_LIFE, "count": 1}
    insert_rows(Throttle, [values])
    return True


def _secret() -> str:
    return derive(current_app.config["SECRET_KEY"], "proof").hex()
