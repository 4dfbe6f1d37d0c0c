"""Who may do what: roles, permissions, and the table between them. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is to the desk."""

    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that a route may ask for."""

    ANYONE = "anyone"
    """No sign-in: the public door, health, sign-in itself."""
    SIGNED_IN = "signed_in"
    READ_TICKETS = "read_tickets"
    WORK_TICKETS = "work_tickets"
    READ_FIGURES = "read_figures"
    MANAGE_TICKETS = "manage_tickets"
    """Take what was handed up, release held mail."""
    HANDLE_ALERTS = "handle_alerts"
    """See what the outbox holds back and what the desk warns of, and settle it; shows no case content."""
    READ_REGISTER = "read_register"
    """See what the policy promises, where it falls short, and what to answer."""
    KEEP_REGISTER = "keep_register"
    """Settle who mends what falls short, and approve answers."""
    DECIDE_USES = "decide_uses"
    """Allow or refuse a use of data beyond its purposes."""
    KEEP_INSPECTION = "keep_inspection"
    """Fill in and sign the yearly inspection, and see its corrective actions through."""
    MANAGE_STAFF = "manage_staff"
    MANAGE_DESK = "manage_desk"
    """Company profile, settings, mail channel."""


_SIGNED_IN = {Permission.ANYONE, Permission.SIGNED_IN, Permission.READ_REGISTER}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(_SIGNED_IN | {Permission.READ_TICKETS, Permission.WORK_TICKETS}),
    Role.MANAGER: frozenset(
        _SIGNED_IN
        | {
            Permission.READ_TICKETS,
            Permission.WORK_TICKETS,
            Permission.READ_FIGURES,
            Permission.MANAGE_TICKETS,
            Permission.HANDLE_ALERTS,
            Permission.KEEP_REGISTER,
            Permission.DECIDE_USES,
            Permission.KEEP_INSPECTION,
        }
    ),
    # An administrator runs the desk and sees no case: whoever installs software need not read complaints.
    Role.ADMIN: frozenset(
        _SIGNED_IN
        | {Permission.MANAGE_STAFF, Permission.MANAGE_DESK, Permission.HANDLE_ALERTS, Permission.KEEP_REGISTER}
    ),
    # An auditor reads everything and changes nothing.
    Role.AUDITOR: frozenset(_SIGNED_IN | {Permission.READ_TICKETS, Permission.READ_FIGURES}),
}


def may(role: Role | None, permission: Permission) -> bool:
    """Tell whether a role (None: not signed in) holds a permission."""
    return permission is Permission.ANYONE if role is None else permission in GRANTS[role]
