"""Telling a machine's mail from a person's (RFC 3834): such a mail is never answered and never moves a case. Pure."""

from desk.mail.reading.parsed import ParsedMail, Report

SERVERS = ("mailer-daemon@", "postmaster@")
IN_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
HINTS = frozenset({"subject"})
"""Signs that say too little by themselves."""


def is_automatic(read: ParsedMail, envelope_sender: str | None) -> bool:
    """Tell whether a machine sent a mail, by what its headers and its envelope say."""
    sender = read.sender.address.lower() if read.sender else ""
    return (
        read.auto_submitted not in {"", "no"}
        or read.precedence in IN_BULK
        or bool(read.list_id)
        or "" in {envelope_sender, read.return_path}
        or sender.startswith(SERVERS)
        or bool(set(read.signs) - HINTS)
    )


def is_failure(report: Report) -> bool:
    """Tell whether a report says that a mail did not arrive for good."""
    return report.kind == "bounce" or (
        report.kind == "dsn" and any(one.action.lower() == "failed" for one in report.recipients)
    )
