"""Health for machines: alive, ready, and figures."""

from flask import Blueprint, Response, jsonify

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")
