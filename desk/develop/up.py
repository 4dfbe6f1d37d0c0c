"""`desk up`: the whole desk on one machine, for development, with nothing to install beside it."""

import fcntl
import http.client
import json
import os
import sys
import webbrowser
from pathlib import Path
from typing import IO

import click

from desk.config import read_config
from desk.develop.parts import Plan, plan_parts
from desk.develop.ports import LOOPBACK, is_free, next_free
from desk.develop.supervisor import Supervisor, say_line
from desk.develop.valkey import valkey_answers

FIRST_PORT = 8000
READY_WITHIN_S = 90.0


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the pages (8000, or the next free one).")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def up(port: int | None, *, no_browser: bool) -> None:
    """Start web, worker, clock, Redis and a mail catcher on this machine, until Ctrl-C.

    Exit 0 after an orderly stop, 1 when the desk did not get ready, 2 when it cannot be started like this.
    """
    if os.environ.get("DESK_ENV", "development") != "development":
        _refuse("desk up is for development only; in production start the processes of the Procfile")
    folder = Path(os.environ.get("DESK_DATA_DIR") or "var").absolute()
    lock = _take_folder(folder)
    chosen = _choose_port(port)
    supervisor = Supervisor({}, say_line)
    supervisor.listen_to_signals()
    try:
        plan = plan_parts(os.environ, folder, chosen)
        read_config(plan.environ)  # one line here instead of one from each part
        supervisor.environ = plan.environ
        ready = _start(supervisor, plan, folder)
        if ready and not no_browser and sys.stdout.isatty():
            webbrowser.open(f"http://{LOOPBACK}:{chosen}/")
        supervisor.run()
    finally:
        supervisor.stop()
        lock.close()
    sys.exit(0 if ready or supervisor.told else 1)


def _refuse(reason: str) -> None:
    click.echo(f"desk: {reason}", err=True)
    sys.exit(2)


def _take_folder(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "up.lock").open("ab")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _refuse(f"desk up is already running on {folder}")
    except OSError as error:
        _refuse(f"DESK_DATA_DIR cannot be used ({error.strerror})")
    return lock


def _choose_port(port: int | None) -> int:
    if port is None:
        chosen = next_free(FIRST_PORT)
        if chosen != FIRST_PORT:
            say_line(f"desk    | port {FIRST_PORT} is taken; using {chosen}")
        return chosen
    if not is_free(port):
        _refuse(f"port {port} is taken")
    return port


def _start(supervisor: Supervisor, plan: Plan, folder: Path) -> bool:
    """Start the parts in order of need; return whether the pages answered in time."""
    if plan.redis is not None:
        supervisor.start(plan.redis)
        supervisor.wait_until(lambda: valkey_answers(plan.environ["REDIS_URL"]), 20)
    if plan.catcher is not None:
        supervisor.start(plan.catcher)
    supervisor.start(plan.bootstrap)
    supervisor.wait_until(lambda: plan.bootstrap.process is None, READY_WITHIN_S)
    for part in plan.doors:
        if not supervisor.stopping:
            supervisor.start(part)
    ready = supervisor.wait_until(lambda: _pages_answer(plan.port), READY_WITHIN_S)
    if ready:
        for line in _welcome(plan, folder):
            say_line(line)
    elif not supervisor.stopping:
        say_line(f"desk    | the pages did not answer within {READY_WITHIN_S:g} s")
        supervisor.stopping = True
    return ready


def _pages_answer(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(plan: Plan, folder: Path) -> list[str]:
    address = f"http://{LOOPBACK}:{plan.port}"
    mail = plan.mail_page or f"sent through {plan.environ.get('MAIL_SERVER', 'the server of MAIL_SERVER_FILE')}"
    lines = ["", "Madoguchi is running for development; Ctrl-C stops it.", ""]
    lines += [f"  Form    {address}/", f"  Staff   {address}/staff/", f"  Mail    {mail}", f"  Data    {folder}", ""]
    return lines + _administrator(bytes(plan.bootstrap.output))


def _administrator(output: bytes) -> list[str]:
    """Return the lines about the first administrator, from what `desk staff bootstrap` printed."""
    try:
        made = json.loads(output)
    except ValueError:
        return ["  There may be no administrator yet: desk staff add EMAIL --name N --role admin", ""]
    if not made.get("created"):
        return []
    return [f"  First administrator   {made['email']}", f"  One-time password     {made['password']}", ""]
