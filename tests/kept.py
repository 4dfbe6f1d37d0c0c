"""What every application compiles alike is compiled once in a test process: templates, and the addresses of routes.

Each test makes an application of its own; compiling these again took two thirds of the time.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class KeptTemplates(BytecodeCache):
    """Keeps compiled templates in memory, by name and contents."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was kept of it."""
        if kept := self.kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_builders: dict[tuple[str, ...], Callable[..., tuple[str, str]]] = {}
_compile_builder: Any = Rule._compile_builder


def _kept_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Return what the library compiles to build addresses; it asks the rule it is bound to for its converters."""
    key = (repr(rule._trace), repr(rule.defaults), repr(sorted(rule.arguments)), str(append_unknown))
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def pytest_configure(config: pytest.Config) -> None:
    """Put both in place."""
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}
    Rule._compile_builder = _kept_builder  # type: ignore[method-assign]
