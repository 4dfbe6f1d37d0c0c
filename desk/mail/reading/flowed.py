"""Text with flowed lines (RFC 3676) put back into paragraphs."""

SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool) -> str:
    """Join lines that end in a space with the line after them, within one depth of quoting. `\\n` ends lines.

    `delsp` drops that space too, as Japanese needs (RFC 3676 section 4.2).
    """
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth, content = _unquoted(line)
        is_signature = content == SIGNATURE
        if open_depth == depth and not is_signature:
            out[-1] += content
        else:
            out.append(f"{'>' * depth}{' ' if depth and content else ''}{content}")
        flows = content.endswith(" ") and not is_signature
        open_depth = depth if flows else -1
        if flows and delsp:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def _unquoted(line: str) -> tuple[int, str]:
    """Return the depth of quoting and the content without its stuffed space."""
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")
