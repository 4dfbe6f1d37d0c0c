"""In production behind a proxy that really ends TLS: cookies, HSTS, signing in, plain HTTP, and who is counted."""

import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest

from desk.accounts.permissions import Role
from desk.develop.ports import LOOPBACK
from tests.people import PASSWORD, proof, try_sign_in
from tests.services.browser import Visitor, follow
from tests.services.postgres import PostgresServer
from tests.services.valkey import RedisServer
from tests.web.production import Production, in_production, production_settings
from tests.web.server import status_of
from tests.web.wire import Wire

RESETS = 10
"""So many a minute one network may ask for."""


@pytest.fixture(scope="module")
def desk(
    postgres_server: PostgresServer,
    postgres_template: str,
    redis_process: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Production]:
    """A web process with production's settings behind its proxy, with one administrator."""
    folder = tmp_path_factory.mktemp("production")
    address = postgres_server.create_database("behind_tls", postgres_template)
    redis_process.start()
    redis_process.flush()
    settings = production_settings(address, redis_process.url, folder / "data")
    with in_production(settings, folder / "output") as running:
        running.hire(Role.ADMIN, "admin@desk.example")
        yield running
    postgres_server.drop_database("behind_tls")


def through(desk: Production, request: bytes, source: str = LOOPBACK) -> bytes:
    """Send bytes through TLS from an address of this machine, and return the answer."""
    with (
        socket.create_connection((LOOPBACK, desk.proxy.port), 10, (source, 0)) as line,
        desk.proxy.trust.wrap_socket(line, server_hostname=LOOPBACK) as safe,
    ):
        safe.sendall(request)
        return b"".join(iter(lambda: safe.recv(65536), b""))


def test_it_speaks_through_a_certificate_that_is_checked(desk: Production) -> None:
    assert desk.person().get("/").status_code == 200
    with (
        socket.create_connection((LOOPBACK, desk.proxy.port), 10) as line,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(line, server_hostname=LOOPBACK)


@pytest.mark.parametrize("path", ["/", "/requests/new?kind=K40", "/sign-in", "/s/unknown", "/static/css/base.css"])
def test_every_answer_binds_the_browser_to_https(desk: Production, path: str) -> None:
    answer = desk.person().get(path)
    assert answer.status_code in {200, 404}
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "Server" not in answer.headers or "/" not in answer.headers["Server"]


def cookies_of(client: Wire, desk: Production, email: str) -> dict[str, dict[str, str]]:
    """Sign somebody in and return the cookies of every answer on the way, with their attributes."""
    answers = [client.get("/sign-in")]
    data = {"csrf_token": proof(client, "/sign-in"), "email": email, "password": PASSWORD}
    answers.append(client.post("/sign-in", data))
    assert (answers[-1].status_code, answers[-1].location) == (303, "/signed-in")
    found = {}
    for header in [header for answer in answers for header in answer.headers.getlist("Set-Cookie")]:
        for name, morsel in SimpleCookie(header).items():
            found[name] = {key: value for key, value in morsel.items() if value}
    return found


def test_its_cookies_belong_to_this_host_alone(desk: Production) -> None:
    client = desk.person()
    cookies = cookies_of(client, desk, "admin@desk.example")
    assert set(cookies) == {"__Host-desk", "__Host-staff"}
    for attributes in cookies.values():
        assert attributes["secure"] is True
        assert attributes["httponly"] is True
        assert attributes["path"] == "/"
        assert attributes["samesite"] == "Lax"
        assert "domain" not in attributes
    assert client.get("/admin/").status_code == 200


def test_a_browser_takes_the_cookies_and_comes_in(desk: Production, visitor: Visitor) -> None:
    page = visitor.open(ignore_https_errors=True).new_page()
    page.goto(f"{desk.url}/admin/")
    page.fill("input[type=email]", "admin@desk.example")
    page.fill("input[type=password]", PASSWORD)
    follow(page, "main form button[type=submit]")
    page.wait_for_url(f"{desk.url}/admin/")
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert kept["__Host-staff"]["secure"] is True
    assert kept["__Host-staff"]["httpOnly"] is True
    assert page.evaluate("document.cookie") == ""


def test_plain_http_is_led_away_and_sends_nothing(desk: Production) -> None:
    plain = Wire(f"http://{LOOPBACK}:{desk.proxy.plain_port}", headers={"Host": desk.url.removeprefix("https://")})
    moved = plain.get("/sign-in?next=/admin/")
    assert (moved.status_code, moved.location) == (308, f"{desk.url}/sign-in?next=/admin/")
    assert moved.headers.getlist("Set-Cookie") == []
    data = {"csrf_token": "x", "email": "admin@desk.example", "password": PASSWORD}
    assert plain.post("/sign-in", data).status_code == 400
    assert plain.post("/sign-in", data, headers={"X-Forwarded-Proto": "https"}).status_code == 400
    assert plain.get("/sign-in", {"X-Forwarded-Proto": "https"}).status_code == 308


def test_it_answers_to_its_own_name_only(desk: Production) -> None:
    for name in (b"evil.example", b"desk.example"):
        answer = through(
            desk, b"GET / HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: %s\r\n\r\n" % (name, LOOPBACK.encode())
        )
        assert status_of(answer) == 400, name
    own = desk.url.removeprefix("https://").encode()
    answer = through(desk, b"GET /status HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: evil.example\r\n\r\n" % own)
    assert status_of(answer) == 200
    assert b"evil" not in answer


def ask_for_resets(client: Wire, number: int, **headers: str) -> Counter[int]:
    """Ask so often for new passwords of nobody."""
    token = proof(client, "/reset")
    forged = {name.replace("_", "-"): value for name, value in headers.items()}
    return Counter(
        client.post(
            "/reset",
            {"csrf_token": token, "email": f"nobody{each}@desk.example"},
            headers={name: value.format(each) for name, value in forged.items()},
        ).status_code
        for each in range(number)
    )


def test_a_made_up_origin_is_counted_as_where_it_comes_from(desk: Production, redis_server: RedisServer) -> None:
    client = desk.person()
    forged = {"X_Forwarded_For": "198.51.100.{}", "X_Real_IP": "198.51.100.{}", "Forwarded": "for=198.51.100.{}"}
    assert ask_for_resets(client, RESETS + 5, **forged) == {200: RESETS, 429: 5}
    assert status_of(through(desk, raw_reset(client, desk))) == 429
    assert status_of(through(desk, raw_reset(client, desk), "127.0.0.2")) == 200  # whatever it claims to be


def raw_reset(client: Wire, desk: Production) -> bytes:
    """Return the bytes of a browser's wish for a new password that claims to come from this machine."""
    body = f"csrf_token={proof(client, '/reset')}&email=nobody@desk.example"
    lines = [
        "POST /reset HTTP/1.1",
        f"Host: {desk.url.removeprefix('https://')}",
        f"X-Forwarded-For: {LOOPBACK}",
        f"Cookie: {'; '.join(f'{cookie.name}={cookie.value}' for cookie in client.cookies)}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


def test_a_wrong_password_through_tls_is_a_wrong_password(desk: Production) -> None:
    assert try_sign_in(desk.person(), "admin@desk.example", "wrong but long enough")[0] == 400
