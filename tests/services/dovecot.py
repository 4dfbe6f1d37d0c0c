"""A real IMAP server: Debian's Dovecot on loopback ports, where every user has the same password."""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path

from desk import clock
from desk.develop.child import dies_with_parent
from tests.services.certificates import make_certificate
from tests.waiting import listens, wait_until

PASSWORD = "open-sesame"
SETTINGS = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
default_vsz_limit = 0
mail_fsync = never
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
protocol imap {{
  mail_max_userip_connections = 100
  {capability}
}}
"""


class Dovecot:
    """One server; `abilities` replaces what it announces."""

    def __init__(self, abilities: str | None = None) -> None:
        """Choose the abilities; nothing is started."""
        self.abilities = abilities
        self.folder = Path(tempfile.mkdtemp(prefix="desk-imap-"))
        self.host = "localhost"
        self.port, self.tls_port = _free_port(), _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.authority, self._certificate, self._key = make_certificate(self.folder)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        root = os.geteuid() == 0
        own = pwd.getpwuid(os.geteuid())
        user = pwd.getpwnam("nobody") if root else own
        settings = self.folder / "dovecot.conf"
        self.folder.chmod(0o755)
        for name in ("mail", "home"):
            (self.folder / name).mkdir(exist_ok=True)
            os.chown(self.folder / name, user.pw_uid, user.pw_gid)
        settings.write_text(
            SETTINGS.format(
                folder=self.folder,
                certificate=self._certificate,
                key=self._key,
                internal="dovecot" if root else own.pw_name,
                group="dovecot" if root else grp.getgrgid(own.pw_gid).gr_name,
                login="dovenull" if root else own.pw_name,
                password=PASSWORD,
                uid=user.pw_uid,
                gid=user.pw_gid,
                port=self.port,
                tls_port=self.tls_port,
                capability=f"imap_capability = {self.abilities}" if self.abilities else "",
            )
        )
        self.process = subprocess.Popen(
            ["/usr/sbin/dovecot", "-F", "-c", str(settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no locks
            start_new_session=True,
        )
        wait_until(lambda: listens(self.port), "Dovecot listens", self.process)

    def remove(self) -> None:
        """Stop the server and delete its mail."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
        shutil.rmtree(self.folder)

    def connect(self, user: str) -> imaplib.IMAP4:
        """Return a connection of an ordinary mail program."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(user, PASSWORD)
        return client

    def put(self, user: str, mails: list[bytes], at: datetime | None = None, folder: str = "INBOX") -> None:
        """Put mails into a folder, arrived at `at` (now unless given)."""
        with self.connect(user) as client:
            for mail in mails:
                status, words = client.append(folder, "", imaplib.Time2Internaldate(at or clock.now()), mail)
                assert status == "OK", words

    def list(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the mails of a folder in the order of their numbers; a missing folder has none."""
        with self.connect(user) as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            _status, found = client.uid("SEARCH", "ALL")
            return [_bytes(client, number) for number in found[0].split()]

    def rebuild(self, user: str) -> None:
        """Give INBOX a new UIDVALIDITY, as after a restore of the mail server, with its mails still there."""
        for name in self.folder.glob(f"mail/{user}/dovecot*"):
            name.unlink()
        time.sleep(1.1)  # the number is the second of the rebuilding


def _bytes(client: imaplib.IMAP4, number: bytes) -> bytes:
    _status, answer = client.uid("FETCH", number.decode(), "(BODY.PEEK[])")
    return bytes(answer[0][1])


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
