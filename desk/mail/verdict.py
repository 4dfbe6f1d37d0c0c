"""What our own receiving server found of a sender, read from the one header that only it writes (RFC 8601). Pure."""

import re
from collections.abc import Sequence

from desk.mail.routing import Verdict

RESULT = re.compile(r"\s*([a-z0-9-]+)\s*=\s*([a-z]+)([^;]*)", re.IGNORECASE)
DOMAIN = re.compile(r"header\.(?:d|i)\s*=\s*\"?(?:[^@;\s\"]*@)?([^;\s\"]+)", re.IGNORECASE)
COMMENT = re.compile(r"\([^()]*\)")
LONGEST = 4096


def read_verdict(headers: Sequence[str], server: str | None, sender: str | None) -> Verdict | None:
    """Return what the server named `server` says of the address `sender`; None when it said nothing.

    `headers` are the Authentication-Results of the mail, topmost first. Only the topmost one that bears the server's
    name counts: it puts its own on top and takes away those that claim to be its own. DMARC decides; without it a DKIM
    signature of the sender's own domain passes.
    """
    own = next((text for text in headers if server and _names(text, server)), None)
    if own is None:
        return None
    results = _results(own)
    if "dmarc" in results:
        said = {value for value, _ in results["dmarc"]}
        return Verdict.PASS if said == {"pass"} else Verdict.FAIL if "fail" in said else Verdict.NONE
    domain = (sender or "").rpartition("@")[2].lower()
    signed = [
        found[1].lower()
        for value, rest in results.get("dkim", [])
        if value == "pass" and (found := DOMAIN.search(rest))
    ]
    return Verdict.PASS if domain and any(_aligned(domain, one) for one in signed) else Verdict.NONE


def _names(text: str, server: str) -> bool:
    first = COMMENT.sub("", text[:LONGEST]).strip().split(";", 1)[0].split()
    return bool(first) and first[0].strip('"').lower() == server.lower()


def _results(text: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for part in COMMENT.sub("", text[:LONGEST]).split(";")[1:]:
        if result := RESULT.match(part):
            method, value, rest = result.groups()
            found.setdefault(method.lower(), []).append((value.lower(), rest))
    return found


def _aligned(domain: str, signed: str) -> bool:
    return domain == signed or (domain.endswith(f".{signed}") and "." in signed)
