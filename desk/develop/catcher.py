"""`desk catcher`: an SMTP server for development that delivers nothing, with a page that shows what it took."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import click
from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from desk.develop.caught import Caught
from desk.develop.mailbox_page import create_page
from desk.develop.ports import LOOPBACK

LARGEST = 50 * 2**20
"""Bytes of one mail."""


@click.command()
@click.option("--port", type=int, default=8001, show_default=True, help="Port of the page.")
@click.option("--smtp-port", type=int, default=8025, show_default=True, help="Port for mail.")
def catcher(port: int, smtp_port: int) -> None:
    """Take every mail sent to this machine's SMTP-PORT, deliver none, show them on PORT. Never in production."""
    if os.environ.get("DESK_ENV", "development") != "development":
        click.echo("desk: the mail catcher is for development only (DESK_ENV)", err=True)
        sys.exit(2)
    caught = Caught(Path(os.environ.get("DESK_DATA_DIR") or "var").absolute() / "caught")
    page = make_server(LOOPBACK, port, create_page(caught), threaded=True, request_handler=_Quiet)
    asyncio.run(_serve(caught, page, smtp_port))


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: what tests and people look at here is no news."""


class _Handler:
    def __init__(self, caught: Caught) -> None:
        self.caught = caught

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - library's
        """Store the mail before saying that it was taken."""
        content = envelope.original_content or b""
        await asyncio.to_thread(self.caught.keep, envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return "250 2.0.0 caught"


async def _serve(caught: Caught, page: BaseWSGIServer, smtp_port: int) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)

    def connect() -> SMTP:
        return SMTP(_Handler(caught), hostname="catcher.invalid", data_size_limit=LARGEST, enable_SMTPUTF8=True)

    listening = await loop.create_server(connect, LOOPBACK, smtp_port)
    thread = threading.Thread(target=page.serve_forever, name="page", daemon=True)
    thread.start()
    await over.wait()
    listening.close()
    await asyncio.to_thread(page.shutdown)
    page.server_close()


if __name__ == "__main__":  # started like this by `desk up`: a third of the memory of the whole command
    catcher()
