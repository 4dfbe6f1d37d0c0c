"""How often one network may knock: counted under a fingerprint that changes every day and names nobody."""

import ipaddress
from datetime import timedelta

import structlog
from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage, storage_from_string
from redis import RedisError

from desk import clock
from desk.config import Config
from desk.vault.seal import derive, mac


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


log = structlog.get_logger()
_memory = MemoryStorage()


def count(purpose: str, key: str, window: timedelta) -> int:
    """Count one more knock and return how many there were in this window; in memory while Redis is away."""
    seconds = int(window.total_seconds())
    item = RateLimitItemPerSecond(1_000_000, seconds, namespace="desk").key_for(purpose, key)
    storage: Storage = current_app.extensions["counters"]
    try:
        return storage.incr(item, seconds)
    except (RedisError, OSError) as error:
        log.warning("limits.redis_away", error=type(error).__name__)
        return _memory.incr(item, seconds)


limiter = Limiter(key_func=caller, headers_enabled=False, strategy="fixed-window")


def init_limits(app: Flask, config: Config) -> None:
    """Bind the limiter to Redis, with memory as the fallback when Redis is away."""
    app.config["RATELIMIT_ENABLED"] = config.limits
    app.config["RATELIMIT_STORAGE_URI"] = _storage_uri(config.redis_url)
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.config["RATELIMIT_KEY_PREFIX"] = "desk"
    if config.redis_url:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}
    limiter.init_app(app)
    options = app.config.get("RATELIMIT_STORAGE_OPTIONS", {})
    app.extensions["counters"] = storage_from_string(app.config["RATELIMIT_STORAGE_URI"], **options)


def _storage_uri(redis_url: str | None) -> str:
    """Return the limiter's name for our Redis; for a socket its scheme is another one than redis-py's."""
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
