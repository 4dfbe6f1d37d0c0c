"""Which addresses are the desk's own: the published one with its tags, and those that answers go to."""

from flask import current_app

from desk.company.profile import profile
from desk.mail.addresses import mailbox_of


def is_ours(address: str) -> bool:
    """Tell whether mail to this address is for the desk."""
    address = address.lower()
    if mailbox_of(address) == mailbox_of(profile("ja").contact_email):
        return True
    template: str | None = current_app.extensions["config"].mail.reply_address
    if template is None:
        return False
    # also with a token that a mail program broke: the mail has arrived, and a person will judge it
    before, after = template.lower().split("{token}")
    return address.startswith(before) and address.endswith(after) and address.count("@") == 1
