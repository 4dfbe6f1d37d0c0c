"""The family of errors that the law raises, each with one line a person can act on."""


class LawError(ValueError):
    """Something the rules cannot answer; the message is one plain line."""
