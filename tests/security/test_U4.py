"""U4: an upload that breaks off leaves no row, no blob, and never a readable byte on the disk."""

import socket
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from desk.attachments.models import Attachment
from desk.develop.ports import LOOPBACK
from tests.web.server import Served, served, status_of

MARK = b"KEINE-KLARTEXT-SPUR-7391"
PNG = b"\x89PNG\r\n\x1a\n" + MARK * 40_000
HEAD = "POST /requests/new HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"


def body_of(token: str) -> bytes:
    """Return a form of the first step with one file of about 1 MB."""
    fields = {"kind": "K40", "step": "content", "token": token, "csrf_token": "x", "body": "text"}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    file = '--b\r\nContent-Disposition: form-data; name="uploads"; filename="a.png"\r\n\r\n'
    return "".join(parts).encode() + file.encode() + PNG + b"\r\n--b--\r\n"


def send_part(desk: Served, share: float) -> bytes:
    """Send so much of the form and hang up, or all of it and read the answer."""
    body = body_of("t" * 43)
    head = f"{HEAD}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    if share == 1:
        return desk.exchange(head + body)
    with socket.create_connection((LOOPBACK, desk.port)) as line:
        line.sendall(head + body[: int(len(body) * share)])
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset, not a farewell
    return b""


def traces(folders: list[Path]) -> list[Path]:
    """Return the files in which the mark can be read."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if MARK in path.read_bytes()]


@pytest.mark.parametrize("share", [0.2, 0.99, 1])
def test_it_leaves_nothing_of_an_upload_that_breaks_off(environ: dict[str, str], tmp_path: Path, share: float) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with served(environ | {"TMPDIR": str(scratch)}) as desk:
        for _ in range(3):
            answer = send_part(desk, share)
            assert status_of(answer) == (400 if share == 1 else 0)  # 400: nobody has such a token
        assert status_of(desk.exchange(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")) == 200
    folder = Path(environ["DESK_DATA_DIR"])
    assert traces([folder, scratch]) == []
    assert [path for path in (folder / "files").rglob("*") if path.is_file()] == []
    engine = create_engine(environ.get("DATABASE_URL") or f"sqlite:///{folder}/desk.sqlite3")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Attachment)) == 0
    engine.dispose()
