"""Serve a folder on the loopback address, or another, in a process of its own.

Prints its port, and for each line on standard input how many connections were made so far. The
files are kept in memory and the protocol is the bare minimum: on a machine of few cores a server
that takes its share of them would be measured instead of its clients.
"""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from pathlib import Path

_END = b"\r\n\r\n"
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Server(asyncio.Protocol):
    """Answers GET requests, one after the other, over connections that stay open."""

    connections = 0
    answers: dict[bytes, bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        assert isinstance(transport, asyncio.WriteTransport)
        Server.connections += 1
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request whose head is complete."""
        *heads, self._received = (self._received + data).split(_END)
        for head in heads:
            path = head.split(b" ", 2)[1]
            self._transport.write(self.answers.get(path, _MISSING))


def _answer(path: Path) -> bytes:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}".encode() + (
        _END + body
    )


async def serve(address: str) -> None:
    """Serve at *address* until standard input is closed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, address, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(Server.connections, flush=True)
    server.close()


if __name__ == "__main__":
    Server.answers = {
        f"/{path.name}".encode(): _answer(path) for path in Path(sys.argv[1]).iterdir()
    }
    asyncio.run(serve((sys.argv[2:] or ["127.0.0.1"])[0]))
