"""Servers on a free loopback port for tests of transports: a TLS end before a broker, and fakes."""

import contextlib
import pathlib
import socket
import ssl
import subprocess
import sys
import threading

FRAGILE = pathlib.Path(__file__).parent / "fragile.py"
SWITCH = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
)


class Middle:
    """Accepts until close(); each connection runs `serve(socket)` in a thread of its own."""

    def __init__(self, serve):
        self.serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        with contextlib.suppress(OSError), connection:
            self.serve(connection)

    def close(self):
        self.listener.close()


def forward(inside, port, limit=None):
    """Passes bytes on to a broker and back; after `limit` bytes nothing of the client is read any more."""
    with socket.create_connection(("127.0.0.1", port)) as outside:
        back = threading.Thread(target=_copy, args=(outside, inside, None), daemon=True)
        back.start()
        _copy(inside, outside, limit)
        back.join()


def _copy(source, target, limit):
    passed = 0
    with contextlib.suppress(OSError):
        while limit is None or passed < limit:
            data = source.recv(4096)
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            passed += len(data)
            target.sendall(data)


@contextlib.contextmanager
def fragile(port, url, how):
    """The URL of fragile.py before the broker at this one: what it does of the word killer says `how`."""
    words = [sys.executable, FRAGILE, str(port), url.rpartition(":")[2], "killer", how]
    gate = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert gate.poll() is None
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        gate.kill()
        gate.wait()


def tls_end(certificate, ca, port, seen):
    """A `serve` that speaks TLS, demands a client's certificate of `ca`, and forwards to a broker. What
    the client asked for is added to `seen`: (server name, ALPN)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["mqtt"])
    names = {}
    context.sni_callback = lambda connection, name, _context: names.update({connection: name})

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as inside:
            seen.append((names.get(inside), inside.selected_alpn_protocol()))
            forward(inside, port)

    return serve


def http_answer(text):
    """A `serve` that answers every request with this text."""

    def serve(connection):
        key = request_key(connection)
        connection.sendall(text.replace("{accept}", accept_of(key)).encode())
        connection.recv(1)

    return serve


def request_key(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(4096)
        if not data:
            return ""
        request += data
    for line in request.decode().split("\r\n"):
        if line.lower().startswith("sec-websocket-key:"):
            return line.split(":", 1)[1].strip()
    return ""


def accept_of(key):
    import base64
    import hashlib

    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()
