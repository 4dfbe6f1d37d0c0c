"""The secret link as a key: minting, finding, opening and ending it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from desk.db import db, new_id
from desk.tickets.links import AccessCode, Grant, Link
from desk.vault.seal import derive, new_token, seal, token_hash, unseal

LINK_LABEL = "link"


def link_key(token: str) -> bytes:
    """Return the key that a link's token derives to."""
    return derive(token, "link")


def link_values(
    token: str, case_key: bytes, ticket_id: int, at: datetime, days: int, *, replaces_others: bool = False
) -> dict[str, object]:
    """Return the values of a link's row: the token's hash and the case key wrapped under the token."""
    return {
        "id": new_id(),
        "ticket_id": ticket_id,
        "token_hash": token_hash(token),
        "wrapped_case": seal(link_key(token), case_key, LINK_LABEL),
        "created_at": at,
        "expires_at": at + timedelta(days=days),
        "replaces_others": replaces_others,
    }


def mint_link(case_key: bytes, ticket_id: int, at: datetime, days: int, *, replaces_others: bool = False) -> str:
    """Add a new link to the current transaction and return its token, which is stored nowhere."""
    token = new_token()
    db.session.add(Link(**link_values(token, case_key, ticket_id, at, days, replaces_others=replaces_others)))
    return token


def find_link(token: str | None, at: datetime) -> Link | None:
    """Return the living link of a token; None for an unknown, revoked or expired one."""
    if not token:
        return None
    return db.session.scalar(
        select(Link).where(Link.token_hash == token_hash(token), Link.revoked_at.is_(None), Link.expires_at > at)
    )


def open_link(link: Link, token: str) -> bytes:
    """Return the case key that a link opens. Raises `desk.vault.seal.Unreadable`."""
    return unseal(link_key(token), link.wrapped_case, LINK_LABEL)


def use_link(link: Link, at: datetime) -> bool:
    """Note the first use of a link and end those it replaces; return whether it was the first."""
    if link.used_at is not None:
        return False
    link.used_at = at
    if link.replaces_others:
        db.session.execute(
            update(Link)
            .where(
                Link.ticket_id == link.ticket_id,
                Link.id != link.id,
                Link.created_at <= link.created_at,  # a still newer one may wait in the person's mailbox
                Link.revoked_at.is_(None),
            )
            .values(revoked_at=at)
        )
    return True


def revoke_access(ticket_id: int, at: datetime) -> None:
    """End every link, code and grant of a ticket: whoever holds one opens nothing any more."""
    links = update(Link).where(Link.ticket_id == ticket_id, Link.revoked_at.is_(None)).values(revoked_at=at)
    db.session.execute(links, execution_options={"synchronize_session": "fetch"})
    for opened in (AccessCode, Grant):
        living = update(opened).where(opened.ticket_id == ticket_id, opened.expires_at > at).values(expires_at=at)
        db.session.execute(living, execution_options={"synchronize_session": "fetch"})


def status_path(language: str, token: str) -> str:
    """Return the path of the status page under a link's token, in `ja` or `en`."""
    return f"{'/en' if language == 'en' else ''}/s/{token}"
