"""The e-mail address that waits for a second person, opened for the ticket's page."""

from dataclasses import dataclass

from desk.tickets.address_requests import AddressRequest, NewAddress, find_address_request
from desk.vault.keys import Purpose, keys_of


@dataclass(frozen=True, slots=True)
class AskedAddress:
    """An address that waits; None where its key is gone."""

    row: AddressRequest
    asked: NewAddress | None


def asked_address(ticket_id: int) -> AskedAddress | None:
    """Return the address that waits on a ticket, or None."""
    row = find_address_request(ticket_id)
    if row is None:
        return None
    key = keys_of(ticket_id).get(Purpose.DESK)
    return AskedAddress(row, NewAddress.unseal(key, row.sealed) if key is not None else None)
