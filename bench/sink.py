"""An SMTP peer that takes everything at once and keeps it in a file: quick enough never to be what is measured."""

import asyncio
import sys
from pathlib import Path

GREETING = b"250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, kept: Path) -> None:
        self.kept, self.buffer, self.in_data = kept, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every whole line, and every whole mail."""
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            head, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            if self.in_data:
                self._keep(head)
            else:
                self._answer(head.upper())

    def _keep(self, mail: bytes) -> None:
        with self.kept.open("ab") as file:
            file.write(mail + b"\r\n.\r\n")
        self.in_data = False
        self.transport.write(b"250 taken\r\n")

    def _answer(self, line: bytes) -> None:
        if line.startswith(b"EHLO"):
            self.transport.write(GREETING)
        elif line == b"DATA":
            self.in_data = True
            self.transport.write(b"354 go on\r\n")
        elif line == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 ok\r\n")


async def main(kept: Path) -> None:
    """Listen on a free port and say which."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(kept), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
