"""Sealing bytes: AES-256-GCM for fields, authenticated chunks for files, a sealed box for keys.

A sealed field is `nonce (12) || ciphertext || tag (16)`. The associated data is a stable label (`"party"`, `"message"`),
never a row's number, so that a migration can move rows without holding a key.
"""

import hashlib
import hmac
import json
import secrets
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

KEY_BYTES = 32
NONCE_BYTES = 12
CHUNK_BYTES = 64 * 1024
PREFIX_BYTES = 7


class Unreadable(Exception):
    """The bytes were altered, or the key is not theirs."""


def new_key() -> bytes:
    """Return a fresh 256-bit data key."""
    return secrets.token_bytes(KEY_BYTES)


def new_token() -> str:
    """Return a fresh 256-bit secret for a link, as 43 URL-safe characters."""
    return secrets.token_urlsafe(KEY_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is stored of a secret token: its SHA-256 (32 bytes). The token itself is never stored."""
    return hashlib.sha256(token.encode()).digest()


def derive(secret: bytes | str, purpose: str) -> bytes:
    """Return the 32-byte key that HKDF-SHA256 draws from `secret` for one purpose."""
    material = secret.encode() if isinstance(secret, str) else secret
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"desk/{purpose}".encode()).derive(material)


def mac(key: bytes, purpose: str, text: str) -> bytes:
    """Return a keyed fingerprint (32 bytes) of `text` for one purpose."""
    return hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256")


def seal(key: bytes, plain: bytes, label: str) -> bytes:
    """Seal `plain` under `key`, bound to `label`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, label.encode())


def unseal(key: bytes, sealed: bytes, label: str) -> bytes:
    """Return what `seal` took. Raises `Unreadable` when a bit, the key or the label is not the same."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(label) from error


def seal_json(key: bytes, value: Any, label: str) -> bytes:
    """Seal a JSON value."""
    return seal(key, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), label)


def unseal_json(key: bytes, sealed: bytes, label: str) -> Any:
    """Return the JSON value that `seal_json` took. Raises `Unreadable`."""
    return json.loads(unseal(key, sealed, label))


class StreamSealer:
    """Seals a stream as it arrives: a 7-byte prefix, then chunks of 64 KiB with their number and whether it is the last.

    Reordering, cutting off and appending all fail on reading (the STREAM construction of Hoang et al., 2015).
    Memory use is two chunks, whatever the length.
    """

    def __init__(self, key: bytes, label: str) -> None:
        self._cipher, self._label = AESGCM(key), label.encode()
        self._prefix = secrets.token_bytes(PREFIX_BYTES)
        self._buffer, self._count = bytearray(), 0
        self._started = False

    def update(self, plain: bytes) -> bytes:
        """Take more of the stream and return what of it is sealed by now."""
        self._buffer += plain
        sealed = self._start()
        while len(self._buffer) > CHUNK_BYTES:  # the last chunk stays here until it is known to be the last
            sealed += self._seal(bytes(self._buffer[:CHUNK_BYTES]), last=False)
            del self._buffer[:CHUNK_BYTES]
        return sealed

    def finalize(self) -> bytes:
        """End the stream and return its last sealed bytes."""
        return self._start() + self._seal(bytes(self._buffer), last=True)

    def _start(self) -> bytes:
        if self._started:
            return b""
        self._started = True
        return self._prefix

    def _seal(self, chunk: bytes, *, last: bool) -> bytes:
        nonce = _nonce(self._prefix, self._count, last=last)
        self._count += 1
        return self._cipher.encrypt(nonce, chunk, self._label)


def seal_stream(key: bytes, chunks: Iterable[bytes], label: str) -> Iterator[bytes]:
    """Seal a stream of chunks of any size; see `StreamSealer`."""
    sealer = StreamSealer(key, label)
    for chunk in chunks:
        if sealed := sealer.update(chunk):
            yield sealed
    yield sealer.finalize()


def unseal_stream(key: bytes, sealed: Iterable[bytes], label: str) -> Iterator[bytes]:
    """Return the chunks that `seal_stream` took; each is authenticated before it is yielded.

    Raises `Unreadable` at the first chunk that is not as sealed, the end included: the caller must not take what
    came before as whole until the stream has ended.
    """
    pieces = _read(sealed, PREFIX_BYTES, CHUNK_BYTES + 16)
    prefix = next(pieces, b"")
    cipher, count = AESGCM(key), 0
    held = next(pieces, None)
    if len(prefix) != PREFIX_BYTES or held is None:
        raise Unreadable(label)
    while held is not None:
        following = next(pieces, None)
        try:
            yield cipher.decrypt(_nonce(prefix, count, last=following is None), held, label.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable(label) from error
        held, count = following, count + 1


def wrap_for(public_key: bytes, data_key: bytes) -> bytes:
    """Seal a data key so that only the holder of the private key opens it (X25519 sealed box, 80 bytes)."""
    return bytes(SealedBox(PublicKey(public_key)).encrypt(data_key))


def unwrap_with(private_key: bytes, wrapped: bytes) -> bytes:
    """Open a data key sealed by `wrap_for`. Raises `Unreadable`."""
    try:
        return _box(private_key).decrypt(wrapped)
    except CryptoError as error:
        raise Unreadable("data key") from error


@lru_cache(maxsize=2)
def _box(private_key: bytes) -> SealedBox[PrivateKey]:
    # Its public half is reckoned once, not for each of the thirty rows of a page.
    return SealedBox(PrivateKey(private_key))


def _nonce(prefix: bytes, count: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">I?", count, last)


def _read(sealed: Iterable[bytes], first: int, size: int) -> Iterator[bytes]:
    buffer, wanted = bytearray(), first
    for part in sealed:
        buffer += part
        while len(buffer) >= wanted:
            yield bytes(buffer[:wanted])
            del buffer[:wanted]
            wanted = size
    if buffer:
        yield bytes(buffer)
