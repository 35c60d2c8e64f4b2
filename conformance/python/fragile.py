#!/usr/bin/python3
"""A broker with one defect: it is a gate before a real one, and dies of a word.

    fragile.py PORT BROKER_PORT WORD

Listens on PORT of 127.0.0.1 and passes all bytes on, until a client sends WORD: then the process aborts,
"""

import asyncio
import os
import sys


async def copy(source, target, word=None):
    kept = b""
    try:
        while data := await source.read(65536):
            kept = kept[-256:] + data
            if word is not None and word in kept:
                print(f"assertion failed: {word.decode()}", flush=True)
                os.abort()
            target.write(data)
            await target.drain()
    except ConnectionError:
        pass
    target.close()


async def main():
    port, broker_port, word = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()

    async def on_client(inside, to_client):
        outside, to_broker = await asyncio.open_connection("127.0.0.1", broker_port)
        await asyncio.gather(copy(inside, to_broker, word), copy(outside, to_client))

    server = await asyncio.start_server(on_client, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main())
