"""A tee between one client and a broker: passes bytes on and keeps those of each side."""

import contextlib
import socket
import threading


class Recorder:
    """Listens on a free loopback port; `client` and `server` are what each side sent, in order."""

    def __init__(self, port):
        self.broker = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.client = bytearray()
        self.server = bytearray()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        inside, _ = self.listener.accept()
        outside = socket.create_connection(self.broker)
        back = threading.Thread(target=_copy, args=(outside, inside, self.server), daemon=True)
        back.start()
        _copy(inside, outside, self.client)
        back.join(timeout=10)
        inside.close()
        outside.close()

    def wait(self):
        """Until both sides have ended the connection."""
        self.thread.join(timeout=10)
        self.listener.close()


def _copy(source, target, kept):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            kept += data
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
