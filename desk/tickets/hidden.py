"""Characters that draw nothing or turn the line, which people should be shown or spared. Pure."""

BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that draw nothing although Unicode does not file them under format characters."""


def is_hidden(char: str) -> bool:
    """Tell whether a character draws nothing; line breaks, tabs and every kind of space do not count."""
    return char in BLANKS or not (char.isprintable() or char in "\n\r\t" or (char.isspace() and ord(char) >= 0xA0))
