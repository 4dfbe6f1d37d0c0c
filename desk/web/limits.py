"""How often one network may knock: counted under a fingerprint that changes every day and names nobody."""

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis import Redis, RedisError

from desk import clock
from desk.config import Config
from desk.queue import bell, bell_of
from desk.vault.seal import derive, mac

T = TypeVar("T")


def network(address: str | None) -> str:
    """Return the network that an address is counted by: itself for IPv4, its /56 for IPv6."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 56), strict=False))
    return str(parsed)


def fingerprint(purpose: str, text: str) -> str:
    """Return a fingerprint of `text` that nobody can turn back and that is another one tomorrow (32 hex digits)."""
    key = derive(current_app.config["SECRET_KEY"], f"counters/{clock.today().isoformat()}")
    return mac(key, purpose, text).hex()[:32]


def caller() -> str:
    """Return the fingerprint of the network that asks."""
    return fingerprint("network", network(request.remote_addr))


class Counters(Storage):
    """The counts in Redis by the bell's own line, or in this process's memory while Redis is away."""

    STORAGE_SCHEME = ["desk"]  # noqa: RUF012 - where the limiter looks for it

    def __init__(self, uri: str, line: Redis | None = None, **options: Any) -> None:
        super().__init__(uri, **options)
        self.memory = MemoryStorage()
        self.redis = None if line is None else RedisStorage("redis://", connection_pool=line.connection_pool)

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return which errors come from here: none."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count that ends after so many seconds, and return it."""
        return self._ask(lambda storage: storage.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """Return a count."""
        return self._ask(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """Return when a count ends, in seconds since 1970."""
        return self._ask(lambda storage: storage.get_expiry(key))

    def check(self) -> bool:
        """Tell that counting works: it does without Redis too."""
        return True

    def reset(self) -> int | None:
        """Forget all counts."""
        return self._ask(lambda storage: storage.reset())

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._ask(lambda storage: storage.clear(key))

    def _ask(self, question: Callable[[Storage], T]) -> T:
        if self.redis is None or bell().is_quiet:
            return question(self.memory)
        try:
            return question(self.redis)
        except (RedisError, OSError) as error:
            bell().hush(error)
            return question(self.memory)


def count(purpose: str, key: str, window: timedelta) -> int:
    """Count one more knock and return how many there were in this window; in memory while Redis is away."""
    seconds = int(window.total_seconds())
    item = RateLimitItemPerSecond(1_000_000, seconds, namespace="desk").key_for(purpose, key)
    storage: Storage = current_app.extensions["counters"]
    return storage.incr(item, seconds)


limiter = Limiter(key_func=caller, headers_enabled=False, strategy="fixed-window")


def init_limits(app: Flask, config: Config) -> None:
    """Give the limiter its counters, which need neither Redis nor patience."""
    app.config["RATELIMIT_ENABLED"] = config.limits
    app.config["RATELIMIT_STORAGE_URI"] = "desk://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"line": bell_of(app).redis}
    app.config["RATELIMIT_KEY_PREFIX"] = "desk"
    limiter.init_app(app)
    app.extensions["counters"] = Counters("desk://", bell_of(app).redis)
