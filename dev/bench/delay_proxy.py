# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail server that is far away: a TCP proxy that delays each packet, in a process of its own.

Prints its port; each line that it reads is the new round-trip time in seconds.
"""

from __future__ import annotations

import asyncio
import sys


class Proxy:
    """Forwards connections to ``port`` of this host; ``round_trip`` is in seconds."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.round_trip = 0.0

    async def serve(self) -> None:
        """Serve until standard input ends."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        while text := await loop.run_in_executor(None, sys.stdin.readline):
            self.round_trip = float(text)
            print("ok", flush=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # the handshake of TCP takes a round trip before anything can be said
        await asyncio.sleep(self.round_trip)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward in order, each chunk half a round trip after it came."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, chunk = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not chunk:
                    writer.close()
                    return
                writer.write(chunk)

        task = asyncio.create_task(deliver())
        chunk = b"-"
        while chunk:
            try:
                chunk = await reader.read(65536)
            except OSError:
                chunk = b""
            queue.put_nowait((loop.time() + self.round_trip / 2, chunk))
        await task


if __name__ == "__main__":
    asyncio.run(Proxy(int(sys.argv[1])).serve())
