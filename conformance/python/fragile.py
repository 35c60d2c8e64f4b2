#!/usr/bin/python3
"""A broker with one defect: it is a gate before a real one, and dies of a word.

    fragile.py PORT BROKER_PORT WORD [HOW]

Listens on PORT of 127.0.0.1 and passes all bytes on, until a client sends WORD. Then the process aborts;
or it does what HOW says: "hang", it goes on accepting connections and does nothing more; "two", it aborts
when two open connections have sent the word; "drop", it only ends the connection; "third", each third
time; "late", it aborts when the client had been silent for a second before the word.
"""

import asyncio
import os
import sys
import time


class Gate:
    def __init__(self, broker_port, word, how):
        self.broker_port, self.word, self.how = broker_port, word.encode(), how
        self.heard = 0  # on connections that are open
        self.times = 0

    def fail(self):
        """True: the connection is to end."""
        self.heard += 1
        if self.how == "drop":
            return True
        if self.how == "third":
            self.times += 1
            return self.times % 3 == 0
        if self.how == "two" and self.heard == 1:
            return False
        if self.how == "hang":
            time.sleep(1000)
        print(f"assertion failed: {self.word.decode()}", flush=True)
        os.abort()

    async def copy(self, source, target, from_client):
        kept, heard = b"", not from_client
        last = time.monotonic()
        try:
            while data := await source.read(65536):
                kept = kept[-256:] + data
                pause, last = time.monotonic() - last, time.monotonic()
                if not heard and self.word in kept and (self.how != "late" or pause >= 1):
                    heard = True
                    if self.fail():
                        break
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass
        self.heard -= from_client and heard
        target.close()

    async def on_client(self, inside, to_client):
        outside, to_broker = await asyncio.open_connection("127.0.0.1", self.broker_port)
        sides = [asyncio.create_task(self.copy(inside, to_broker, True)),
                 asyncio.create_task(self.copy(outside, to_client, False))]
        await asyncio.gather(*sides)


async def main():
    port, broker_port, word, how = (sys.argv[1:] + ["abort"])[:4]
    gate = Gate(int(broker_port), word, how)
    server = await asyncio.start_server(gate.on_client, "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run(main())
