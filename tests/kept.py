"""What every application works out alike is worked out once in a test process: templates, addresses of routes, statements, and
the hash of the password that tests give everybody.

Each test makes an application of its own; compiling these again took most of the time.
"""

from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart

from tests.people import PASSWORD


class KeptTemplates(BytecodeCache):
    """Keeps compiled templates in memory, by name and contents."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was kept of it."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key, bucket.checksum] = bucket.code


_builders: dict[tuple[str, ...], Callable[..., tuple[str, str]]] = {}
_compile_builder: Any = Rule._compile_builder


def _kept_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Return what the library compiles to build addresses; it asks the rule it is bound to for its converters."""
    key = (repr(rule._trace), repr(rule.defaults), repr(sorted(rule.arguments)), str(append_unknown))
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


_parts: dict[str, tuple[list[RulePart], list[tuple[bool, str]], set[str]]] = {}
_parse_rule: Any = Rule._parse_rule


def _kept_parts(rule: Rule, text: str) -> Iterable[RulePart]:
    """Return the parsed parts of an address that has no converters, which alone belong to one application's map."""
    if text in _parts:
        parts, trace, arguments = _parts[text]
        rule._trace.extend(trace)
        rule.arguments.update(arguments)
        return parts
    before = len(rule._trace)
    parts = list(_parse_rule(rule, text))
    if not rule._converters:
        _parts[text] = parts, rule._trace[before:], set(rule.arguments)
    return parts


_statements: dict[type, Any] = {}
_make_engine: Any = SQLAlchemy._make_engine


def _engine_with_kept_statements(extension: SQLAlchemy, *arguments: Any) -> Engine:
    """Make an engine that knows the compiled statements of the engines before it: their dialects are alike."""
    engine: Engine = _make_engine(extension, *arguments)
    kind: Any = type(engine.dialect)
    if kind not in _statements:
        kind.__eq__ = lambda one, other: type(one) is type(other)
        kind.__hash__ = lambda one: hash(type(one))
        _statements[kind] = LRUCache(5000)
    engine._compiled_cache = _statements[kind]
    _made.append(engine)
    return engine


_hashes: list[str] = []
_hash: Any = PasswordHasher.hash


def _kept_hash(hasher: PasswordHasher, password: str, **more: Any) -> str:
    """Return the hash of a password: a true one, that of `PASSWORD` made once."""
    if password != PASSWORD:
        return str(_hash(hasher, password, **more))
    if not _hashes:
        _hashes.append(_hash(hasher, password, **more))
    return _hashes[0]


_made: list[Engine] = []


def dispose_engines() -> None:
    """Close the connections of every engine made since the last time, of applications too that a test has let go of."""
    while _made:
        _made.pop().dispose()


def pytest_configure(config: pytest.Config) -> None:
    """Put them in place."""
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}
    Rule._compile_builder = _kept_builder  # type: ignore[method-assign]
    Rule._parse_rule = _kept_parts  # type: ignore[method-assign]
    SQLAlchemy._make_engine = _engine_with_kept_statements  # type: ignore[method-assign]
    PasswordHasher.hash = _kept_hash  # type: ignore[method-assign]
