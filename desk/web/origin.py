"""From which site a form came, as far as the browser says."""

from flask import request


def is_from_here() -> bool:
    """Tell whether the browser vouches that a page of this desk sent the form."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def is_from_elsewhere() -> bool:
    """Tell whether another site sent the form: a secret that came with it may be known there, the words be theirs."""
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
