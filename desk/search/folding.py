"""Making spellings of the same word equal before they are compared: widths, kana, letter case, variants of kanji. Pure."""

import re
import unicodedata

VARIANTS = {
    variant: plain
    for plain, variants in (
        ("高", "髙"), ("崎", "﨑嵜"), ("辺", "邊邉"), ("斉", "斎齋齊"), ("沢", "澤"), ("浜", "濱濵"), ("広", "廣"),
        ("国", "國"), ("桜", "櫻"), ("恵", "惠"), ("島", "嶋嶌"), ("寿", "壽"), ("真", "眞"), ("円", "圓"), ("滝", "瀧"),
        ("竜", "龍"), ("徳", "德"), ("礼", "禮"), ("弥", "彌"), ("来", "來"), ("条", "條"), ("蔵", "藏"), ("栄", "榮"),
        ("会", "會"), ("学", "學"), ("実", "實"), ("静", "靜"), ("晋", "晉"), ("縄", "繩"), ("万", "萬"), ("与", "與"),
        ("豊", "豐"), ("顕", "顯"), ("黒", "黑"), ("鉄", "鐵"), ("峰", "峯"), ("館", "舘"), ("富", "冨"), ("吉", "𠮷"),
        ("曽", "曾"), ("関", "關"), ("塚", "塚"), ("穂", "穗"), ("桑", "桒"), ("柳", "栁"), ("渕", "淵"), ("槙", "槇"),
        ("薮", "藪"), ("桧", "檜"), ("芦", "蘆"), ("駒", "駒"), ("瀬", "瀨"), ("頼", "賴"), ("戸", "戶"), ("温", "溫"),
    )
    for variant in variants
}  # fmt: skip
"""Forms of kanji that people mix in names, each to the one that is looked up; Unicode's own foldings leave them apart."""

KATAKANA_FIRST, KATAKANA_LAST, TO_HIRAGANA = 0x30A1, 0x30F6, 0x60

_TABLE: dict[int, int | str | None] = {
    **{code: code - TO_HIRAGANA for code in range(KATAKANA_FIRST, KATAKANA_LAST + 1)},
    **{ord(variant): plain for variant, plain in VARIANTS.items()},
    **dict.fromkeys(
        [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
    ),  # selectors of variants draw nothing themselves
    **dict.fromkeys([0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]),
}

_SEPARATORS = re.compile(r"[^\w]+|_+")
_BETWEEN_WIDE = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")


def fold(text: str) -> str:
    """Return a text as the index sees it: words of folded signs with one space between them.

    Width (NFKC), letter case, katakana and hiragana, kanji variants and invisible signs make no difference, neither
    does punctuation; a gap between two Japanese signs vanishes, since Japanese breaks its lines inside words.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
    return _BETWEEN_WIDE.sub("", _SEPARATORS.sub(" ", plain).strip())
