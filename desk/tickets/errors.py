"""What can be wrong with an act on a ticket."""


class TicketError(Exception):
    """An act on a ticket was refused; nothing was changed."""


class NotAllowed(TicketError):
    """The ticket's state, or its kind, does not allow the act."""


class Conflict(TicketError):
    """Somebody changed the ticket after the page was made from which the act came."""
