"""Health for machines: alive, ready, and figures."""

import hmac
import threading
import time
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from desk import clock
from desk.config import Config
from desk.reporting.health import Health, look
from desk.web.ops.figures import CONTENT_TYPE, expose
from desk.web.ops.local import is_local

blueprint = Blueprint("ops", __name__)

FRESH_S = 2.0
"""A look at the desk commits a row; whoever asks more often gets the last one."""

_looking = threading.Lock()


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether rows and files can be written; with details for the machine itself or the bearer of the token."""
    health = _health()
    body: dict[str, Any] = {"status": "ok" if health.is_ready else "unavailable"}
    if may_see_details():
        body |= health.as_json() | {"at": clock.now().isoformat(timespec="seconds")}
    return jsonify(body), 200 if health.is_ready else 503


@blueprint.get("/metrics")
def metrics() -> tuple[Response, int]:
    """Give the figures in Prometheus' text format; strangers get the bare status."""
    health = _health()
    if not may_see_details():
        return jsonify(status="ok" if health.is_ready else "unavailable"), 403
    return Response(expose(health), content_type=CONTENT_TYPE), 200


def may_see_details() -> bool:
    """Tell whether the request comes from this machine itself or bears the token of DESK_METRICS_TOKEN."""
    config: Config = current_app.extensions["config"]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if config.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(token.encode(), config.metrics_token.encode())
    return is_local(request.environ)


def _health() -> Health:
    with _looking:
        known: tuple[float, Health] | None = current_app.extensions.get("health")
        if known is not None and time.perf_counter() - known[0] < FRESH_S:
            return known[1]
        health = look(clock.now())
        current_app.extensions["health"] = (time.perf_counter(), health)
        return health
