"""The index's tokens: pairs of neighbouring signs under the index key, as 32-bit numbers."""

from collections.abc import Iterable
from functools import lru_cache

from desk.search.folding import fold
from desk.vault.keys import Unreadable, Vault
from desk.vault.seal import mac

PAIR = 2
"""Two signs suffice to be found: the shortest Japanese words have as many."""


def pairs(folded: str) -> set[str]:
    """Return the pairs of neighbouring signs within the words of a folded text."""
    return {word[i : i + PAIR] for word in folded.split(" ") for i in range(len(word) - 1)}


def tokens_of(texts: Iterable[str], vault: Vault) -> list[int]:
    """Return the sorted tokens (signed 32-bit) of some texts. Raises `Unreadable` without the index key."""
    found: set[str] = set()
    for text in texts:
        found |= pairs(fold(text))
    return tokenise(found, vault)


def tokenise(found: Iterable[str], vault: Vault) -> list[int]:
    """Return the sorted tokens (signed 32-bit) of some pairs. Raises `Unreadable` without the index key."""
    key = vault.index_key
    if key is None:
        raise Unreadable("this door holds no index key")
    return sorted({token(key, pair) for pair in found})


@lru_cache(maxsize=65536)
def token(key: bytes, pair: str) -> int:
    """Return the token of one pair: the first four bytes of its HMAC-SHA256 under the index key."""
    return int.from_bytes(mac(key, "pair", pair)[:4], "big", signed=True)


def terms_of(query: str) -> list[str]:
    """Return the folded words of a query, all of which must be found; spaces divide, punctuation does not."""
    return [folded for word in query.split() if (folded := fold(word))]
