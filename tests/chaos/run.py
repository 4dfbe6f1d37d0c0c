"""One run: a desk of real processes, people and mails, trouble drawn from a seed, then quiet, then the auditor."""

import http.client
import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import DBAPIError

from desk import clock
from desk.accounts.permissions import Role
from desk.app import create_app
from desk.company.settings import SETTINGS, set_setting
from desk.config import read_config
from desk.db import db
from desk.develop.ports import LOOPBACK, next_free
from desk.transaction import transaction
from tests.chaos.audit import audit, count_rows, what_is_left
from tests.chaos.load import People, Writers
from tests.chaos.processes import Processes
from tests.chaos.trouble import Trouble, Watcher
from tests.moment import CHILD, first_moment
from tests.people import hire
from tests.services.imap import ImapPeer
from tests.services.postgres import PostgresServer
from tests.services.smtp import SmtpServer
from tests.services.valkey import RedisServer
from tests.waiting import GENEROUS_S, wait_until
from tests.web.server import start

CROWD = 4
"""How many people write at once."""
LATER = timedelta(hours=5)
"""How far the clock goes at once when what was put off is waited for: longer than any pause between two attempts."""
MOST_LATER = 20


@dataclass
class Outcome:
    """What a run did, and what it broke."""

    kills: int = 0
    tickets: int = 0
    mails_in: int = 0
    mails_out: int = 0
    repeats: int = 0
    seconds: float = 0.0
    trouble: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def run(folder: Path, *, database: str, kills: int, tickets: int, seed: int, pause_s: float = 0.5) -> Outcome:
    """Run until so many were killed and so many have written; `folder` takes the data and what the processes say."""
    began = time.monotonic()
    chance = random.Random(seed)
    with ExitStack() as stack:
        postgres = PostgresServer(durable=True) if database == "postgresql" else None
        redis, smtp = RedisServer(), SmtpServer()
        for server in filter(None, (postgres, redis)):
            stack.callback(server.remove)
            server.start()
        smtp.start()
        stack.callback(smtp.stop)
        imap = stack.enter_context(ImapPeer())
        settings = _settings(folder, postgres, redis, smtp, imap)
        processes = Processes(settings, next_free(20_000 + os.getpid() * 13 % 20_000), folder, first_moment())
        stack.callback(processes.stop_all)
        app = _prepare(settings)
        people = People(processes.port)
        writers = Writers(imap, smtp, chance)
        trouble = Trouble(processes, redis, smtp, imap, postgres, chance)
        stack.callback(trouble.heal)
        watcher = Watcher(_reading(app))
        processes.start_all()
        wait_until(lambda: _answers(processes.port), "the desk answers")
        threads = [threading.Thread(target=people.send, args=(tickets,)) for _ in range(CROWD)]
        threads.append(threading.Thread(target=watcher.run))
        stack.callback(lambda: [flag.set() for flag in (people.over, watcher.over)])
        for thread in threads:
            thread.start()
        while processes.kills < kills or people.begun < tickets:
            writers.write()
            trouble.act()
            time.sleep(chance.uniform(0, 2 * pause_s))
        trouble.heal()
        wait_until(lambda: _all_answered(processes, threads[:-1]), "everybody has an answer", seconds=10 * GENEROUS_S)
        watcher.over.set()
        threads[-1].join()
        processes.stop_all()
        with app.app_context():
            left = _let_time_pass(processes, imap)
            watcher.check()
            broken = [*watcher.broken, *left, *audit(people, writers)]
            counts, _states = count_rows()
            repeats = len(smtp.received) - len({message.content for message in smtp.received})
            db.session.remove()
            db.engine.dispose()
        return Outcome(
            kills=processes.kills, tickets=counts["ticket"], mails_in=counts["inbox"], mails_out=len(smtp.received),
            repeats=repeats, seconds=time.monotonic() - began, trouble=dict(sorted(trouble.done.items())), broken=broken,
        )  # fmt: skip


def _settings(
    folder: Path, postgres: PostgresServer | None, redis: RedisServer, smtp: SmtpServer, imap: ImapPeer
) -> dict[str, str]:
    settings = {
        "DESK_DATA_DIR": str(folder / "var"),
        "DESK_LIMITS": "off",
        "REDIS_URL": redis.url,
        "MAIL_SERVER": LOOPBACK,
        "MAIL_PORT": str(smtp.port),
        "DESK_IMAP_URL": f"imap://cs@{LOOPBACK}:{imap.port}/INBOX",
        "DESK_IMAP_PASSWORD": imap.password,
    }
    if postgres is not None:
        settings["DATABASE_URL"] = postgres.create_database("chaos")
    return settings


def _prepare(settings: dict[str, str]) -> Flask:
    """Make the schema and what a run needs: somebody to remind, and room for a crowd of strangers."""
    app = create_app(read_config(settings))
    hire(app, Role.AGENT)
    with app.app_context(), transaction():
        set_setting("ack_per_hour", SETTINGS["ack_per_hour"].most, clock.now())
    return app


def _reading(app: Flask) -> Callable[[], tuple[dict[str, int], dict[int, str]] | None]:
    """Return what the watcher looks with; None while the database is away."""

    def look() -> tuple[dict[str, int], dict[int, str]] | None:
        with app.app_context():
            try:
                return count_rows()
            except DBAPIError:
                return None
            finally:
                db.session.remove()

    return look


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection(LOOPBACK, port, timeout=GENEROUS_S)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _all_answered(processes: Processes, threads: list[threading.Thread]) -> bool:
    """Tell whether everybody who writes has done so; a process that could not start yet is started again."""
    processes.start_all()
    return not any(thread.is_alive() for thread in threads)


def _let_time_pass(processes: Processes, imap: ImapPeer) -> list[str]:
    """Set the clock forward and do all that is due, until nothing is left; return what is left at the end."""
    for _ in range(MOST_LATER):
        processes.jump += LATER
        sweep = start(["-m", "desk", "sweep"], processes.settings | {CHILD: processes.now().isoformat()})
        if sweep.wait() == 0 and not imap.mails and not what_is_left():
            return []
    return [*what_is_left(), f"{len(imap.mails)} mails in the mailbox"]
