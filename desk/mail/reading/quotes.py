"""Quoted history told from new words, for folding: nothing is dropped, the chunks joined are the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 400
"""Characters; a longer line is never an attribution, so that each pattern looks at a bounded text."""
WRAPPED = 3
"""Lines over which mailers wrap an attribution."""
MARKED = re.compile(r"[ \t\u3000]{0,8}[>＞]")
DAY = r"(?:\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}\s?日?|令和\s?\d{1,2}年\d{1,2}月\d{1,2}日|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})"
CLOCK = r"(?:(?:午前|午後)\s?)?\d{1,2}[:時]\d{2}"
ATTRIBUTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:On|Am|Le|El|Il|Op|Em|Den|W dniu)\s.{4,300}?\s?(?:wrote|schrieb.{0,100}|a écrit|escribió|ha scritto|schreef.{0,100}|escreveu|skrev.{0,100}|napisał\(?a?\)?)\s?[:：]",
        r"\(?" + DAY + r"\s?\)?.{0,200}\bwrote\s?[:：]",
        r".{0,200}(?:さん|様|氏|)\s?(?:は|が)(?:書きました|書いた|以下のように書きました)\s?[:：]?",
        DAY
        + r"\s?(?:[(（].{1,5}[)）])?[\s,、]{0,3}"
        + CLOCK
        + r".{0,200}<[^<>]{3,120}>\s?(?:のメール|のメッセージ)?\s?[:：]",
        DAY + r"\s?(?:[(（].{1,5}[)）])?[\s,、]{0,3}" + CLOCK + r".{0,200}のメ(?:ール|ッセージ)\s?[:：]",
        DAY + r".{0,200}(?:さん|様)の(?:発言|メール|メッセージ)\s?[:：]?",
    )
)
SEPARATOR = re.compile(
    r"(?i)\s{0,8}[-=_*＿―─━ー－]{2,60}\s{0,5}(?:original (?:message|appointment)|reply message|元の?(?:メッセージ|メール)|"
    r"オリジナル\s?メッセージ|返信元(?:メッセージ|メール)?|受信(?:メッセージ|メール)|ursprüngliche nachricht|message d'origine|"
    r"mensaje original)\s{0,5}[-=_*＿―─━ー－]{0,60}\s{0,8}$"
)
RULE = re.compile(r"\s{0,8}[-_＿―─━]{5,200}\s{0,8}$")
FROM = re.compile(r"\s{0,8}\*{0,2}(?:差出人|送信者|発信者|From|Von|De|发件人|보낸 사람)\s{0,3}\*{0,2}\s{0,3}[:：]")
REST = re.compile(
    r"\s{0,8}\*{0,2}(?:送信日時|送信日|送信時刻|日時|日付|受信日時|Sent|Date|Gesendet|Envoyé|宛先|To|An|À|件名|題名|Subject|Betreff|Objet|"
    r"CC|Cc)\s{0,3}\*{0,2}\s{0,3}[:：]"
)
BLOCK = 8
"""Lines in which the other header lines of a quoted mail must follow its sender."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the text, line ends included."""

    text: str
    is_quoted: bool


def fold(text: str) -> tuple[Chunk, ...]:
    """Return the text in chunks, each all new or all quoted. Joined, they are the text, to the sign.

    A text that would be all quoted is all new: somebody sent it on for us to read.
    """
    lines = text.splitlines(keepends=True) if "\n" in text else [text]
    flags = _flags(lines)
    if not any(line.strip() and not flag for line, flag in zip(lines, flags, strict=True)):
        return (Chunk(text, False),) if text else ()
    return tuple(_chunks(lines, flags))


def _chunks(lines: Sequence[str], flags: Sequence[bool]) -> list[Chunk]:
    chunks: list[Chunk] = []
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or flags[at] != flags[start]:
            chunks.append(Chunk("".join(lines[start:at]), flags[start]))
            start = at
    return chunks


def _flags(lines: Sequence[str]) -> list[bool]:
    """Tell of each line whether it is quoted."""
    flags = [False] * len(lines)
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
        elif MARKED.match(lines[at]):
            at = _mark(lines, flags, at, at)
        elif _begins_history(lines, at):
            return flags[:at] + [True] * (len(lines) - at)
        elif (length := _attribution(lines, at)) > 0:
            begun = _skip_blank(lines, at + length)
            if begun == len(lines):
                return flags  # an attribution of nothing
            if not MARKED.match(lines[begun]):
                return flags[:at] + [True] * (len(lines) - at)  # quoted without marks, as HTML is
            at = _mark(lines, flags, at, begun)
        else:
            at += 1
    return flags


def _mark(lines: Sequence[str], flags: list[bool], first: int, at: int) -> int:
    """Flag the lines from `first` through the marked run at `at`, empty lines within it too; return where it ends."""
    last = at
    while at < len(lines) and (MARKED.match(lines[at]) or not lines[at].strip()):
        if lines[at].strip():
            last = at
        at += 1
    flags[first : last + 1] = [True] * (last + 1 - first)
    return last + 1


def _begins_history(lines: Sequence[str], at: int) -> bool:
    """Tell whether from here on all is an earlier mail: a separator in words, or the head of a mail."""
    line = lines[at]
    if len(line) > LONGEST:
        return False
    if SEPARATOR.match(line):
        return True
    if RULE.match(line):
        after = _skip_blank(lines, at + 1)
        return after < len(lines) and _is_head(lines, after)
    return _is_head(lines, at)


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Tell whether a sender's line is followed by at least two of date, recipient and subject."""
    if len(lines[at]) > LONGEST or not FROM.match(lines[at]):
        return False
    return sum(REST.match(line[:LONGEST]) is not None for line in lines[at + 1 : at + 1 + BLOCK]) >= 2


def _attribution(lines: Sequence[str], at: int) -> int:
    """Return over how many lines an attribution goes that starts here, 0 if none does."""
    joined = ""
    for length in range(1, WRAPPED + 1):
        if at + length > len(lines) or not lines[at + length - 1].strip():
            return 0
        joined = f"{joined} {lines[at + length - 1].strip()}" if joined else lines[at].strip()
        if len(joined) > LONGEST or (length == 1 and not _could_begin(joined)):
            return 0
        if joined[-1] in ":：た" and any(pattern.fullmatch(joined) for pattern in ATTRIBUTIONS):
            return length
    return 0


BEGINNING = re.compile(
    r"(?:On|Am|Le|El|Il|Op|Em|Den|W dniu)\s|\(?(?:\d{4}|\d{1,2}[/.]\d|令和)|.{0,200}(?:は|が)(?:書|以下)"
)


def _could_begin(line: str) -> bool:
    return BEGINNING.match(line) is not None


def _skip_blank(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at
