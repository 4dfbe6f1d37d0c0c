"""How much a reading looks like what people write in Japanese; for bytes that say nothing of their character set."""

import re

KANA = re.compile("[\u3041-\u3093\u30a1-\u30f6\u30fc\u3001\u3002\u300c\u300d]")
WIDE = re.compile("[\u3000-\u303f\u30fb\uff01-\uff5e]")
HALF = re.compile("[\uff61-\uff9f]")
FOREIGN = re.compile("[^\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f①-⑳Ⅰ-Ⅹ㈱№℡‐―…※→●○◎■□◆◇★☆△▲▽▼♪]")
_LEVEL_1 = (bytes((0xA0 + row, 0xA0 + cell)) for row in range(16, 48) for cell in range(1, 95))
COMMON = re.compile(
    "[{}髙﨑德濵邊邉齋齊櫻惠廣澤①-⑨㈱㈲]".format("".join(code.decode("euc_jp", "ignore") for code in _LEVEL_1))
)
"""The kanji of JIS level 1, nearly all that stand in letters, and what names and lists add to them."""
_KANJI = "\u3005\u4e00-\u9fff"
WEDGED = re.compile(f"(?<=[A-Za-z])[{_KANJI}]{{1,2}}(?![{_KANJI}])|(?<![{_KANJI}])[{_KANJI}](?=[A-Za-z])")
"""A kanji or two after a Latin letter, or one before it: `it’s` in Windows-1252 and `AÇÃO` in Latin-1 read so as SJIS and EUC."""
ENOUGH = 0.9
SAMPLE = 20_000


def score(text: str) -> float:
    """Return how Japanese the non-ASCII characters are, from -2 to 2 for each byte that they took in EUC or SJIS."""
    sample = text[:SAMPLE]
    half = len(HALF.findall(sample))
    others = sum(not char.isascii() for char in sample) - half
    if not half + others:
        return 0.0
    common = len(COMMON.findall(sample))
    points = 2 * len(KANA.findall(sample)) + len(WIDE.findall(sample)) + 1.5 * common
    points -= 2 * len(FOREIGN.findall(sample))
    return (2 * points + 0.5 * half) / (2 * others + half)


def is_japanese(text: str) -> bool:
    """Tell whether the text reads as Japanese by more than chance."""
    free = WEDGED.sub("", text[:SAMPLE])
    return score(free) >= ENOUGH or _is_half_width(free)


def _is_half_width(text: str) -> bool:
    """Tell whether it is words in half-width kana, as the oldest systems write names; four in a row at least."""
    return score(text) > 0 and re.search("[\uff66-\uff9f]{4}", text) is not None and not FOREIGN.search(text)
