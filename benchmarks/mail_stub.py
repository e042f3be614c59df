"""`python -m benchmarks.mail_stub SECONDS`: an SES that accepts everything after so many seconds.

Prints its port. It keeps connections open, as SES does.
"""

from __future__ import annotations

import asyncio
import sys

DELAY = float(sys.argv[1])
BODY = b'{"MessageId":"0100-bench"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
        await reader.readexactly(int(headers.get(b"content-length", b"0")))
        await asyncio.sleep(DELAY)
        writer.write(ANSWER)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
