"""The signed note that travels in the form: when it was given out, and from which page the person came to it."""

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from desk import clock

LEAST_S = 3
"""Nobody reads and fills the form in less."""
LIFE_S = 86_400
MOST_REFERRER = 500
"""Characters."""


def new_stamp(referrer: str | None) -> str:
    """Return a stamp of this moment. Our own pages send no referrer, so only the first of them can know it."""
    return str(_signer().dumps((referrer or "")[:MOST_REFERRER]))


def carried_stamp() -> str:
    """Return the stamp that came with the form, or a fresh one where it is forged, missing or older than a day.

    A form that kept a stale one would be asked for a proof each time it is sent.
    """
    return request.form.get("stamp", "") if _age_s() is not None else new_stamp(referrer())


def referrer() -> str:
    """Return the page that the person came from to the form, "" when it is not known; at most 500 characters."""
    try:
        found = _signer().loads(request.form.get("stamp", ""))
    except BadSignature:
        return ""
    return found if isinstance(found, str) else ""


def is_hasty() -> bool:
    """Tell whether the form comes back sooner than a person could fill it in, or without a stamp that is good."""
    age = _age_s()
    return age is None or age < LEAST_S


def _age_s() -> float | None:
    """Return how long ago the form's stamp was made; None for one that is not good."""
    try:
        _, given_at = _signer().loads(request.form.get("stamp", ""), max_age=LIFE_S, return_timestamp=True)
    except BadSignature:
        return None
    return float((clock.now() - given_at).total_seconds())


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="form-stamp")
