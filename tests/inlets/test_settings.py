"""The settings of the mailbox and the listener: one line for whatever cannot work."""

from pathlib import Path

import pytest

from desk.config import ConfigError, read_config
from desk.config_inbound import Security

URL, PASSWORD = "imaps://cs%40quote4.jp@imap.example.jp/INBOX", {"DESK_IMAP_PASSWORD": "secret"}
OAUTH = {
    "DESK_IMAP_OAUTH_TOKEN_URL": "https://login.example/token",
    "DESK_IMAP_OAUTH_CLIENT_ID": "desk",
    "DESK_IMAP_OAUTH_CLIENT_SECRET": "secret",
}


def read(folder: Path, **settings: str):
    return read_config({"DESK_DATA_DIR": str(folder), **settings})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, ("imap.example.jp", 993, Security.TLS, "cs@quote4.jp", "INBOX")),
        ("imap://cs@imap.example.jp", ("imap.example.jp", 143, Security.STARTTLS, "cs", "INBOX")),
        ("imap://cs@127.0.0.1:1143/%E5%8F%97%E4%BB%98", ("127.0.0.1", 1143, Security.PLAIN, "cs", "受付")),
        ("imap://cs@localhost/a/b", ("localhost", 143, Security.PLAIN, "cs", "a/b")),
        ("imaps://cs@[::1]:9993/", ("::1", 9993, Security.TLS, "cs", "INBOX")),
    ],
)
def test_it_reads_the_address(tmp_path: Path, url: str, expected: tuple[object, ...]) -> None:
    found = read(tmp_path, DESK_IMAP_URL=url, **PASSWORD).mailbox
    assert (found.host, found.port, found.security, found.user, found.folder) == expected
    assert (found.processed, found.password, found.bearer) == ("Processed", "secret", None)
    assert "secret" not in repr(found)


def test_it_reads_oauth(tmp_path: Path) -> None:
    found = read(tmp_path, DESK_IMAP_URL=URL, **OAUTH, DESK_IMAP_OAUTH_SCOPE="mail").mailbox
    assert (found.password, found.bearer.client_id, found.bearer.refresh_token) == (None, "desk", None)
    assert "secret" not in repr(found)


def test_it_has_no_mailbox_unless_told(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.mailbox, config.smtpd_certificate) == (None, None)


def without(name: str) -> dict[str, str]:
    """Return the settings of OAuth without one."""
    return {other: text for other, text in OAUTH.items() if other != name}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (PASSWORD, "DESK_IMAP_PASSWORD is set without DESK_IMAP_URL"),
        ({"DESK_IMAP_PROCESSED": "x"}, "DESK_IMAP_PROCESSED"),
        ({"DESK_IMAP_OAUTH_SCOPE": "x"}, "DESK_IMAP_OAUTH_SCOPE"),
        ({"DESK_IMAP_URL": URL}, "DESK_IMAP_PASSWORD"),
        ({"DESK_IMAP_URL": URL, **PASSWORD, **OAUTH}, "exclude each other"),
        ({"DESK_IMAP_URL": URL, **without("DESK_IMAP_OAUTH_TOKEN_URL")}, "DESK_IMAP_OAUTH_TOKEN_URL"),
        ({"DESK_IMAP_URL": URL, **without("DESK_IMAP_OAUTH_CLIENT_ID")}, "DESK_IMAP_OAUTH_CLIENT_ID"),
        ({"DESK_IMAP_URL": URL, **without("DESK_IMAP_OAUTH_CLIENT_SECRET")}, "DESK_IMAP_OAUTH_CLIENT_SECRET"),
        ({"DESK_IMAP_URL": URL, **OAUTH, "DESK_IMAP_OAUTH_TOKEN_URL": "http://login.example/token"}, "https://"),
        ({"DESK_IMAP_URL": "imaps://cs:pass@imap.example.jp/", **PASSWORD}, "must not hold the password"),
        ({"DESK_IMAP_URL": "pop3://cs@imap.example.jp/", **PASSWORD}, "DESK_IMAP_URL"),
        ({"DESK_IMAP_URL": "imaps://imap.example.jp/", **PASSWORD}, "DESK_IMAP_URL"),
        ({"DESK_IMAP_URL": "imaps://cs@/", **PASSWORD}, "DESK_IMAP_URL"),
        ({"DESK_IMAP_URL": "imaps://cs@imap.example.jp:99999/", **PASSWORD}, "DESK_IMAP_URL"),
        ({"DESK_IMAP_URL": "imaps://cs@imap.example.jp/a%0D%0Ab", **PASSWORD}, "DESK_IMAP_URL"),
        ({"DESK_IMAP_URL": f"imaps://cs@imap.example.jp/{'x' * 201}", **PASSWORD}, "DESK_IMAP_URL"),
        ({"DESK_IMAP_URL": URL, **PASSWORD, "DESK_IMAP_PROCESSED": "inbox"}, "DESK_IMAP_PROCESSED"),
        ({"DESK_SMTPD_CERT": "/etc/cert.pem"}, "DESK_SMTPD_KEY is missing"),
        ({"DESK_SMTPD_KEY": "/etc/key.pem"}, "DESK_SMTPD_CERT is missing"),
    ],
)
def test_it_names_what_cannot_work(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, **settings)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
