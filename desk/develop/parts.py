"""What the desk consists of on one machine: the commands of its processes and the settings they share."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.develop.ports import LOOPBACK, next_free
from desk.develop.supervisor import Part
from desk.develop.valkey import fits_socket, valkey_command

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """The processes to start, in order of need, and the environment that they get."""

    environ: dict[str, str]
    port: int
    redis: Part | None
    catcher: Part | None
    bootstrap: Part
    doors: list[Part]
    mail_page: str | None


def plan_parts(environ: Mapping[str, str], folder: Path, port: int) -> Plan:
    """Plan a desk whose web listens on `port`; what `environ` names already (a Redis, a mail server) is not started."""
    settings = {**environ, "DESK_ENV": "development", "DESK_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    settings.pop("PYTHONDONTWRITEBYTECODE", None)  # five processes would each compile everything at every start
    settings.setdefault("DESK_BASE_URL", f"http://{LOOPBACK}:{port}")
    taken = {port}
    redis = None if _names(environ, "REDIS_URL") else _plan_redis(settings, folder, taken)
    catcher, page = (None, None) if _names(environ, "MAIL_SERVER") else _plan_catcher(settings, taken)
    me = [sys.executable, "-m", "desk"]
    doors = [
        Part("web", _web_command(port)),
        Part("worker", [sys.executable, str(ROOT / "worker.py")]),
        Part("clock", [*me, "clock"]),
        Part("policy", [*me, "policy", "sample"], once=True),
    ]
    bootstrap = Part("staff", [*me, "staff", "bootstrap"], once=True)
    return Plan(settings, port, redis, catcher, bootstrap, doors, page)


def _names(environ: Mapping[str, str], setting: str) -> bool:
    return bool(environ.get(setting) or environ.get(f"{setting}_FILE"))


def _plan_redis(settings: dict[str, str], folder: Path, taken: set[int]) -> Part:
    home = folder / "redis"
    home.mkdir(exist_ok=True, mode=0o700)
    socket = home / "redis.sock"
    if fits_socket(socket):
        settings["REDIS_URL"] = f"unix://{socket}"
        return Part("redis", valkey_command(home, socket), stops_last=True)
    port = next_free(max(taken) + 1, taken)
    taken.add(port)
    settings["REDIS_URL"] = f"redis://{LOOPBACK}:{port}/0"
    return Part("redis", valkey_command(home, None, port), stops_last=True)


def _plan_catcher(settings: dict[str, str], taken: set[int]) -> tuple[Part, str]:
    page_port = next_free(max(taken) + 1, taken)
    smtp_port = next_free(page_port + 1, taken)
    page = f"http://{LOOPBACK}:{page_port}/"
    settings.update({"MAIL_SERVER": LOOPBACK, "MAIL_PORT": str(smtp_port), "DESK_MAIL_CATCHER": page})
    command = [sys.executable, "-m", "desk.develop.catcher"]
    command += ["--port", str(page_port), "--smtp-port", str(smtp_port)]
    return Part("mail", command), page


def _web_command(port: int) -> list[str]:
    flags = ["--config", "python:desk.serving", "--graceful-timeout", "8", "--bind", f"{LOOPBACK}:{port}"]
    return [sys.executable, "-m", "gunicorn", *flags]
