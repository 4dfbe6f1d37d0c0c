"""Each secret setting may also come from a file, which keeps it out of the process's environment."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from desk.config import Config, ConfigError, read_config
from desk.config_outgoing import Mail

SECRETS: dict[str, tuple[str, str]] = {
    "DATABASE_URL": ("database_url", "postgresql+psycopg://u:p@db.example/desk"),
    "REDIS_URL": ("redis_url", "redis://:p@redis.example/0"),
    "SECRET_KEY": ("secret_key", "k" * 20 + "-of-the-desk"),
    "DESK_PUBLIC_KEY": ("public_key", "A" * 43),
    "DESK_PRIVATE_KEY": ("private_key", "B" * 42 + "A"),
    "DESK_INDEX_KEY": ("index_key", "C" * 42 + "A"),
    "MAIL_PASSWORD": ("mail.password", "a password with spaces"),
    "DESK_METRICS_TOKEN": ("metrics_token", "a-token-of-16-characters"),
}
"""Each secret, where `Config` holds it, and a value."""
ALSO = {"public_key"}
"""No secret, but it comes with one."""


def value_of(config: Config, path: str) -> Any:
    """Return a setting by the names of its fields."""
    found: Any = config
    for name in path.split("."):
        found = getattr(found, name)
    return found


def test_it_knows_every_secret() -> None:
    hidden = {field.name for field in fields(Config) if not field.repr}
    hidden |= {f"mail.{field.name}" for field in fields(Mail) if not field.repr}
    assert {path for path, _value in SECRETS.values()} - ALSO == hidden


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_it_reads_each_secret_from_a_file(tmp_path: Path, name: str) -> None:
    path, value = SECRETS[name]
    (tmp_path / "secret").write_text(f"{value}\n")
    folder = {"DESK_DATA_DIR": str(tmp_path / "var")}
    from_file = read_config(folder | {f"{name}_FILE": str(tmp_path / "secret")})
    assert value_of(from_file, path) == value_of(read_config(folder | {name: value}), path)
    assert value_of(from_file, path) != value_of(read_config(folder), path)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_it_refuses_a_file_that_it_cannot_read_and_a_secret_given_twice(tmp_path: Path, name: str) -> None:
    folder = {"DESK_DATA_DIR": str(tmp_path / "var")}
    with pytest.raises(ConfigError, match=f"{name}_FILE"):
        read_config(folder | {f"{name}_FILE": str(tmp_path / "nowhere")})
    (tmp_path / "secret").write_text(SECRETS[name][1])
    with pytest.raises(ConfigError, match=f"{name} is set twice"):
        read_config(folder | {name: SECRETS[name][1], f"{name}_FILE": str(tmp_path / "secret")})
