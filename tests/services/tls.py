"""A proxy that ends TLS, as one stands before the desk in production; and the certificate that it shows."""

import http.client
import ipaddress
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from desk.develop.ports import LOOPBACK
from tests.services.certificates import BEGINS, ENDS

ITS_OWN = {"connection", "keep-alive", "transfer-encoding", "x-forwarded-for", "x-forwarded-proto", "host"}
"""Headers that the proxy writes itself."""


def make_certificate(folder: Path) -> Path:
    """Write a certificate for this machine with its key into one PEM file, signed by itself, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOOPBACK)])
    addresses = [x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ENDS)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "proxy.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


class TlsProxy:
    """Takes HTTPS on one port and plain HTTP on another, and passes both on to the desk with who asked, and how.

    It adds to `X-Forwarded-For` what it sees, after what the client wrote there, as nginx does by
    `$proxy_add_x_forwarded_for`; it replaces `X-Forwarded-Proto` and leaves `Host` as it came.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate = make_certificate(folder)
        self.target = 0
        """The desk's port."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._servers = [self._serve("https", context), self._serve("http", None)]
        self.port, self.plain_port = (server.server_port for server in self._servers)

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client needs to believe this proxy, and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def stop(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, scheme: str, context: ssl.SSLContext | None) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"proxy": self, "scheme": scheme})
        server = _Server((LOOPBACK, 0), handler)
        if context is not None:
            # the handshake waits for the thread that reads: a client that says nothing keeps nobody else out
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: browsers open lines that they never use, and drop them."""


class _Handler(BaseHTTPRequestHandler):
    proxy: TlsProxy
    scheme: str
    server: socketserver.BaseServer

    def do_GET(self) -> None:
        """Pass a request on and its answer back."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        line = http.client.HTTPConnection(LOOPBACK, self.proxy.target, timeout=30)
        line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers():
            line.putheader(name, value)
        line.endheaders(body or None)
        answer = line.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ITS_OWN:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        line.close()

    do_POST = do_HEAD = do_GET  # noqa: N815 - the library's names

    def _headers(self) -> list[tuple[str, str]]:
        peer = str(self.client_address[0])
        told = [*self.headers.get_all("X-Forwarded-For", []), peer]
        own = [("Host", self.headers.get("Host", "")), ("X-Forwarded-For", ", ".join(told))]
        own += [("X-Forwarded-Proto", self.scheme), ("Connection", "close")]
        return own + [(name, value) for name, value in self.headers.items() if name.lower() not in ITS_OWN]

    def log_message(self, *_about: object) -> None:
        """Say nothing: addresses hold secrets."""
