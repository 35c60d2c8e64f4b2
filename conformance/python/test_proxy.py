"""mqspec proxy: what passes through it is unchanged, judged on both sides, and survives either side's death."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import random
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading

import pytest

from middle import Middle
from test_transports import certificate

HERE = pathlib.Path(__file__).parent
CONNECT = bytes.fromhex("100d00044d5154540402003c000161")
PING, PONG, LEAVE = b"\xc0\x00", b"\xd0\x00", b"\xe0\x00"
CONNACK = b"\x20\x02\x00\x00"


class Proxy:
    """A proxy before `to`; `lines` are those of its standard output, once it has ended."""

    def __init__(self, mqspec, listen, to, *options):
        words = [mqspec, "proxy", listen, to, *(str(option) for option in options)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ready = self.process.stderr.readline()
        assert ready.startswith("mqspec proxy: ready at "), ready
        self.url = ready.split()[-1]
        self.port = 0 if "unix" in self.url else int(self.url.rsplit(":", 1)[1])
        self.lines, self.notes = [], []
        self.news = threading.Condition()
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.notes))]
        for reader in self.readers:
            reader.start()

    def _read(self, stream, lines):
        for line in stream:
            with self.news:
                lines.append(line.rstrip("\n"))
                self.news.notify_all()

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def memory(self):
        """Resident, in MB."""
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE") / 1e6

    def wait_for(self, text):
        """Until a line of standard output or error has it."""
        with self.news:
            came = self.news.wait_for(lambda: any(text in line for line in self.lines + self.notes), 20)
        assert came, f"{text}: {self.lines + self.notes}"

    def stop(self, number=signal.SIGINT):
        """The exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=20)
        for reader in self.readers:
            reader.join(timeout=20)
        return status


@pytest.fixture(name="proxy")
def make_proxy(mqspec):
    """proxy(url, "--json") -> a Proxy at a free port."""
    running = []

    def start(to, *options, listen="mqtt://127.0.0.1:0"):
        running.append(Proxy(mqspec, listen, to, *options))
        return running[-1]

    yield start
    for one in running:
        one.stop(signal.SIGTERM)


@pytest.fixture
def middle():
    """middle(serve) -> the URL of a server of the test's own."""
    opened = []

    def listen(serve):
        opened.append(Middle(serve))
        return f"mqtt://127.0.0.1:{opened[-1].port}"

    yield listen
    for server in opened:
        server.close()


def receive(peer, size):
    data = b""
    while len(data) < size:
        more = peer.recv(65536)
        assert more, f"ended after {len(data)} of {size} bytes"
        data += more
    return data


def read_all(peer):
    data = bytearray()
    with contextlib.suppress(ConnectionError):
        while more := peer.recv(65536):
            data += more
    return bytes(data)


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def paho(program, *options):
    words = ["/usr/bin/python3", HERE / program, *(str(option) for option in options)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def talk_of_paho(port, protocol, qos, *options):
    """A subscriber and a publisher, which end well."""
    name = f"{protocol}-{qos}"
    both = ("--port", port, "--protocol", protocol, "--qos", qos, "--count", 5, *options)
    sub = paho("paho_subscriber.py", *both, "--topic", f"proxy/{name}/#", "--client-id", f"sub{name}")
    assert sub.stdout.readline() == "subscribed\n", sub.communicate()[1]
    pub = paho("paho_publisher.py", *both, "--topic", f"proxy/{name}/a", "--client-id", f"pub{name}")
    for program in (pub, sub):
        _, errors = program.communicate(timeout=30)
        assert program.returncode == 0, errors


# --- clients and brokers ------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp", "ws"])
def test_paho_and_mosquitto_are_watched_without_a_breach(proxy, check, mosquitto, transport):
    one = proxy(*mosquitto.options(transport), "--json",
                listen="mqtt://127.0.0.1:0" if transport == "tcp" else "ws://127.0.0.1:0")
    options = () if transport == "tcp" else ("--transport", "websockets")
    pairs = [(protocol, qos) for protocol in ("3.1", "3.1.1", "5.0") for qos in (0, 1, 2)]
    if transport == "ws":
        pairs = pairs[::4]
    threads = [threading.Thread(target=talk_of_paho, args=(one.port, *pair, *options)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.stop() == 0
    [summary] = [json.loads(line) for line in one.lines]
    check("lint", summary)
    summary = summary["summary"]
    assert summary["connections"] == 2 * len(pairs)
    assert summary["packets"] >= 20 * len(pairs)
    assert summary["client"] == summary["server"] == {"MUST": 0, "SHOULD": 0}
    assert (summary["blind"], summary["not_whole"], summary["unversioned"]) == (0, 0, 0)
    assert one.notes == []


def test_a_packet_is_shown_in_notation(proxy, mosquitto):
    one = proxy(mosquitto.url)
    with one.connect() as client:
        client.sendall(bytes.fromhex("101300044d51545404c2003c00016100016a000178") + PING)
        receive(client, 6)
        client.sendall(LEAVE)
        read_all(client)
    one.wait_for("-> FIN")
    assert one.stop() == 0
    words = [line[line.find("#"):] for line in one.lines[:-1]]
    assert words[0].startswith("#1 open 127.0.0.1:")
    assert words[1:5] == [
        '#1 -> CONNECT clean-start keep-alive=60 client-id="a" username="j" password=<concealed>',
        "#1 -> PINGREQ", "#1 <- CONNACK reason=0", "#1 <- PINGRESP"]
    assert "#1 -> DISCONNECT" in words and "#1 <- FIN" in words
    assert one.lines[-1].startswith("5 packets on 1 connection: ")


def break_a_rule(one):
    with one.connect() as client:
        client.sendall(CONNECT + bytes.fromhex("820900010004612f232f01"))
        read_all(client)


@pytest.mark.parametrize(("options", "status"), [((), 1), (("--side", "server"), 0), (("--side", "client"), 1)])
def test_a_client_that_breaks_a_rule(proxy, check, mosquitto, options, status):
    one = proxy(mosquitto.url, "--json", *options)
    break_a_rule(one)
    one.wait_for("MQTT-4.7.1-2")
    assert one.stop() == status
    [breach, summary] = [json.loads(line) for line in one.lines]
    check("lint", breach)
    assert (breach["side"], breach["rule"], breach["frame"]) == ("client", "v311 MQTT-4.7.1-2", None)
    assert breach["notation"] == 'SUBSCRIBE id=1 ["a/#/" qos=1]'
    assert summary["summary"]["client"]["MUST"] == 1


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--strict",), 1), (("--strict", "--side", "server"), 0)])
def test_what_should_not_be_counts_where_that_is_asked_for(proxy, mosquitto, options, status):
    one = proxy(mosquitto.url, "--breaches", *options)
    with one.connect() as client:
        client.sendall(CONNECT + b"\x30\x05\x00\x01\x1bhi" + LEAVE)
        read_all(client)
    assert one.stop() == status
    assert "X311-1.5.3-1 (SHOULD)" in one.lines[0]
    assert one.lines[-1].endswith("client broke 0 MUST, 1 SHOULD; server broke 0 MUST, 0 SHOULD")


def test_a_broker_that_breaks_a_rule(proxy, serve):
    one = proxy(serve("--defect", "v311:MQTT-2.3.1-7"), "--breaches")
    with one.connect() as client:
        client.sendall(CONNECT + bytes.fromhex("8206000100016101"))
        receive(client, 9)
    assert one.stop(signal.SIGTERM) == 1
    assert re.match(r"0\.\d{6} s  #1 server  v311 MQTT-2\.3\.1-7 \(MUST\): SUBACK answers a", one.lines[0])
    assert one.lines[1] == "    SUBACK id=2 [1]"
    assert one.lines[-1].endswith("client broke 0 MUST, 0 SHOULD; server broke 1 MUST, 0 SHOULD")


def test_the_suite_gives_the_same_verdicts_through_it(run, proxy, mosquitto):
    one = proxy(mosquitto.url, "--quiet")
    words = ("--only", "qos/published*", "--only", "malformed/publish-cut*@5.0", "--quiet")
    direct = run("test", mosquitto.url, *words)
    assert " cases: " in direct.stdout, direct.stderr
    through = run("test", one.url, *words)
    assert through.stdout.split(" in ")[0] == direct.stdout.split(" in ")[0]
    one.stop()
    assert " packets on " in one.lines[-1]


def test_a_run_keeps_no_session(run, proxy, mosquitto, tmp_path):
    """Of each client the last CONNECT lets go of what the ones before it had kept."""
    recorded, lines = tmp_path / "run.pcapng", tmp_path / "run.jsonl"
    one = proxy(mosquitto.url, "--quiet", "--record", recorded)
    done = run("test", one.url, "--only", "session/subscriptions*", "--only", "session/present-when*", "--quiet")
    assert done.returncode == 0, done.stdout
    one.stop()
    assert run("convert", recorded, lines).returncode == 0
    last, kept = {}, 0
    for packet in map(json.loads, lines.read_text().splitlines()):
        if packet["type"] == "CONNECT":
            fresh = " clean-start " in packet["notation"] and "session-expiry-interval" not in packet["notation"]
            kept += not fresh
            last[re.search('client-id="[^"]*"', packet["notation"]).group()] = fresh
    assert kept > 5 and [client for client, fresh in last.items() if not fresh] == []


# --- bytes --------------------------------------------------------------------------------------


def noise(seed, size):
    """Packets, good and broken, and bytes that are none."""
    chance = random.Random(seed)
    data = bytearray(CONNECT)
    while len(data) < size:
        data += chance.choice([PING, b"\x30\x07\x00\x01ahi!!", b"\x82\x05\x00\x01\x00\x00\x07",
                               chance.randbytes(chance.randrange(300))])
    return bytes(data)


@pytest.mark.parametrize("begin", [b"", CONNECT, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00"])
def test_no_byte_is_changed(proxy, middle, begin):
    said, heard = {"client": begin + noise(1, 500000), "server": noise(2, 500000)}, {}

    def serve(connection):
        back = threading.Thread(target=connection.sendall, args=(said["server"],))
        back.start()
        heard["client"] = receive(connection, len(said["client"]))
        back.join()
        connection.shutdown(socket.SHUT_WR)

    one = proxy(middle(serve), "--quiet")
    with one.connect() as client:
        go = threading.Thread(target=client.sendall, args=(said["client"],))
        go.start()
        heard["server"] = read_all(client)
        go.join()
    assert heard == said
    one.stop()


def test_what_is_no_mqtt_is_said_once(proxy, middle):
    one = proxy(middle(lambda connection: connection.sendall(connection.recv(100))), "--quiet")
    for begin, name in ((b"GET /x HTTP/1.1\r\n\r\n", "HTTP"), (b"\x16\x03\x01\x02\x00\x01", "TLS"),
                        (b"SSH-2.0-test\r\n", "no MQTT")):
        with one.connect() as client:
            client.sendall(begin)
            assert read_all(client) == begin
        one.wait_for(f": {name}: passed on, not judged")
    assert len(one.notes) == 3
    assert one.stop() == 0
    assert one.lines[-2:] == ["note: 3 connections were no MQTT", "0 packets on 0 connections: client broke 0 MUST, 0 SHOULD;"
                              " server broke 0 MUST, 0 SHOULD"]


def test_a_large_packet_is_passed_on_while_it_comes(run, proxy, check, middle, tmp_path):
    size, path = 34 * 1024 * 1024, tmp_path / "large.pcapng"

    def serve(connection):
        connection.sendall(receive(connection, len(CONNECT) + 100000)[:1])
        rest = size - 100000
        while rest > 0:
            rest -= len(connection.recv(1 << 20))
        connection.sendall(CONNACK)

    one = proxy(middle(serve), "--json", "--record", path)
    with one.connect() as client:
        length = size - 5
        header = bytes([0x30, *(length >> shift & 0x7f | (0x80 if shift < 21 else 0) for shift in (0, 7, 14, 21))])
        client.sendall(CONNECT + header + b"\x00\x01a" + bytes(99992))
        assert receive(client, 1) == CONNECT[:1]  # the broker has it, and the client has not sent the rest
        client.sendall(bytes(size - 100000))
        assert receive(client, 4) == CONNACK
        assert one.memory() < 60
    one.wait_for(f"a PUBLISH of {size} bytes is too large to be judged")
    one.stop()
    check("lint", json.loads(one.lines[-1]))
    assert json.loads(one.lines[-1])["summary"]["not_whole"] == 1
    assert path.stat().st_size < 200000
    assert run("lint", "--json", path).stdout.splitlines() == one.lines


# --- peers that stop, and peers that die --------------------------------------------------------


def flood(peer):
    """Sends for as long as it is taken, and then no more; all that was sent."""
    sent, begin = bytearray(), CONNECT
    peer.setblocking(False)
    chunk = begin
    while select.select([], [peer], [], 0.3)[1]:
        count = peer.send(chunk)
        sent += chunk[:count]
        chunk = chunk[count:] or b"\x30\xfa\x7f\x00\x01a" + bytes(16375)
        assert len(sent) < 100e6, "nothing holds it back"
    peer.setblocking(True)
    return bytes(sent)


@pytest.mark.parametrize("side", ["broker", "client"])
def test_a_peer_that_stops_reading(proxy, middle, side):
    """Who sends to it is held back; all comes once it reads again."""
    go_on, accepted, connections = threading.Event(), threading.Event(), []

    def serve(connection):
        connections.append(connection)
        accepted.set()
        go_on.wait(timeout=60)

    one = proxy(middle(serve), "--quiet")
    with one.connect() as client:
        assert accepted.wait(timeout=20)
        reader, sender = (connections[0], client) if side == "broker" else (client, connections[0])
        reader.settimeout(20)
        sent = flood(sender)
        assert one.memory() < 60
        sender.shutdown(socket.SHUT_WR)
        assert read_all(reader) == sent
        go_on.set()
    one.stop()


def test_a_broker_that_is_not_there_and_comes_back(proxy, mqspec, free_port):
    url = f"mqtt://127.0.0.1:{free_port}"
    one = proxy(url)
    with one.connect() as client:
        assert read_all(client) == b""
    one.wait_for(f"cannot connect to {url}: connection refused; closed")
    for number in (1, 2):
        broker = subprocess.Popen([mqspec, "serve", url], stderr=subprocess.PIPE, text=True)
        assert "ready" in broker.stderr.readline()
        with one.connect() as client:
            client.sendall(CONNECT)
            assert receive(client, 4) == CONNACK
            broker.kill()
            assert read_all(client) == b""
        broker.communicate()
        one.wait_for(f"#{number} <- ")
    assert one.stop() == 0
    assert sum("<- CONNACK" in line for line in one.lines) == 2
    assert "note: 1 connection could not be passed on" in one.lines


def test_a_client_that_dies(proxy, middle):
    ends = []

    def serve(connection):
        receive(connection, len(CONNECT))
        connection.sendall(CONNACK)
        try:
            ends.append(connection.recv(1))
        except ConnectionResetError:
            ends.append("reset")

    one = proxy(middle(serve))
    for end in (socket.socket.close, reset):
        client = one.connect()
        client.sendall(CONNECT)
        receive(client, 4)
        end(client)
        one.wait_for("-> FIN" if end is socket.socket.close else "-> RST")
    assert one.stop() == 0
    assert ends == [b"", "reset"]


def test_one_side_may_end_before_the_other(proxy, middle):
    """FIN is passed on; what the other side still has to say comes through."""

    def serve(connection):
        assert read_all(connection) == CONNECT + LEAVE
        connection.sendall(bytes(300000))

    one = proxy(middle(serve), "--quiet")
    with one.connect() as client:
        client.sendall(CONNECT + LEAVE)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == bytes(300000)
    one.stop()


def test_hundreds_of_connections(proxy, mosquitto):
    one = proxy(mosquitto.url, "--json")
    clients = [one.connect() for _ in range(300)]
    for number, client in enumerate(clients):
        client.sendall(CONNECT[:1] + b"\x0f" + CONNECT[2:12] + b"\x00\x03%03d" % number)
    for client in clients:
        assert receive(client, 4) == CONNACK
        client.sendall(PING)
    for client in clients:
        assert receive(client, 2) == PONG
    assert one.stop() == 0
    summary = json.loads(one.lines[-1])["summary"]
    assert (summary["connections"], summary["packets"]) == (300, 1200)


# --- what is recorded ---------------------------------------------------------------------------


def test_the_recording_says_what_was_said_live(run, proxy, mosquitto, tmp_path):
    path = tmp_path / "live.pcapng"
    one = proxy(mosquitto.url, "--json", "--record", path)
    talk_of_paho(one.port, "5.0", 2)
    break_a_rule(one)
    with one.connect() as client:  # it ends inside a packet, with a password
        client.sendall(bytes.fromhex("101600044d51545404c2003c00016200016a0004") + b"PwPw")
        client.sendall(b"\x10\x7f" + b"PwPw")
    last = one.connect()  # it is open at the end
    last.sendall(CONNECT + PING)
    receive(last, 6)
    one.wait_for("MQTT-4.7.1-2")
    live_status = one.stop()
    done = run("lint", "--json", path)
    assert done.returncode == live_status == 1
    live, linted = ([json.loads(line) for line in lines] for lines in (one.lines, done.stdout.splitlines()))
    assert linted == live
    assert any(breach["rule"] == "v311 MQTT-4.7.1-2" for breach in live[:-1])
    data = path.read_bytes()
    assert data.count(b"v311 MQTT-4.7.1-2 (MUST, client): ") == 1 and b"PwP" not in data
    assert data.count(b"\x10\x7f") == 1  # what the client said last, whose rest is concealed
    shown = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "mqtt.msgtype", "-Y", "mqtt"],
                           capture_output=True, text=True, check=True, timeout=60).stdout
    assert len(shown.replace(",", "\n").split()) == live[-1]["summary"]["packets"]


def test_a_recording_is_there_when_the_proxy_is_killed(run, proxy, mosquitto, tmp_path):
    path = tmp_path / "live.pcapng"
    one = proxy(mosquitto.url, "--record", path)
    with one.connect() as client:
        client.sendall(CONNECT + PING)
        receive(client, 6)
        one.wait_for("<- PINGRESP")
        client.sendall(PING)
        receive(client, 2)
        assert one.stop(signal.SIGKILL) == -signal.SIGKILL
    packets = run("convert", path, "-").stdout
    assert "-> PINGREQ\n" in packets and "<- PINGRESP\n" in packets


def test_a_recording_that_cannot_be_written_is_told(proxy, mosquitto):
    """At once, and when it ends."""
    one = proxy(mosquitto.url, "--quiet", "--record", "/dev/full")
    why = "mqspec proxy: cannot write /dev/full: No space left on device"
    with one.connect() as client:
        client.sendall(CONNECT)
        one.wait_for(why)
        client.sendall(LEAVE)
        read_all(client)
    assert one.stop() == 2
    assert one.notes == [why, why]
    assert " packets on 1 connection: " in one.lines[-1]


# --- the status ---------------------------------------------------------------------------------


def test_the_status_as_json(proxy, check, mosquitto):
    one = proxy(mosquitto.url, "--status", "--json", "--interval", "0.05")
    talk_of_paho(one.port, "5.0", 1)
    break_a_rule(one)
    one.wait_for('"last_rule":"v311 MQTT-4.7.1-2"')
    with one.connect() as client:
        client.sendall(CONNECT + b"\x31\x0a\x00\x06\xc3\xb6/\x1b[2")
        client.sendall(b"\x30\x00")
        read_all(client)
    with one.connect() as client:
        client.sendall(b"SSH-2.0-test\r\n")
        read_all(client)
    assert one.stop() == 1
    *lines, summary = [json.loads(line) for line in one.lines]
    check("lint", summary)
    for line in lines:
        check("proxy", line)
    assert len(lines) > 2
    times = [line["status"]["time"] for line in lines]
    assert times == sorted(times)
    last, summary = lines[-1]["status"], summary["summary"]
    assert last["breaches"] == {side: summary[side] for side in ("client", "server")}
    assert last["client"]["packets"] + last["server"]["packets"] == summary["packets"]
    assert last["client"]["bytes"] + last["server"]["bytes"] == summary["bytes"]
    assert last["connections"] == {"open": 0, "peak": 2, "all": 5, "failed": 0, "other": 1}
    clients = {client["id"]: client for client in last["clients"]}
    assert set(clients) == {"sub5.0-1", "pub5.0-1", "a"} and last["clients"][0]["id"] == "a"
    assert clients["pub5.0-1"]["sent"]["messages"] == clients["sub5.0-1"]["received"]["messages"] == 5
    assert (clients["a"]["connections"], clients["a"]["open"], clients["a"]["protocol"]) == (2, 0, "3.1.1")
    topics = {topic["topic"]: topic for topic in last["topics"]}
    assert set(topics) == {"proxy/5.0-1/a", "ö/\x1b[2"}
    assert (topics["proxy/5.0-1/a"]["published"], topics["proxy/5.0-1/a"]["delivered"]) == (5, 5)
    rates = [topic["published_per_second"] for line in lines for topic in line["status"]["topics"]]
    assert max(rates) > 0  # it is that of the last seconds


def test_the_status_on_a_terminal(mqspec, mosquitto):
    """It is drawn in place, no wider and no higher than the terminal, and leaves it as it was."""
    rows, columns = 16, 64
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    words = [mqspec, "proxy", "mqtt://127.0.0.1:0", mosquitto.url, "--status", "--interval", "0.05"]
    process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    port = int(process.stderr.readline().rsplit(":", 1)[1])
    clients = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(20)]
    for number, client in enumerate(clients):
        client.sendall(CONNECT[:1] + b"\x0f" + CONNECT[2:12] + b"\x00\x03%03d" % number + PING)
        client.sendall(b"\x30\x09\x00\x05" + b"\x1b[3%dm" % (number % 8) + b"hi")
        receive(client, 6)
    shown = b""
    with contextlib.suppress(OSError):
        while shown.count(b"\033[H") < 10 or b"20 in all" not in shown:
            shown += os.read(master, 65536)
        process.send_signal(signal.SIGINT)
        while data := os.read(master, 65536):
            shown += data
    os.close(master)
    assert process.wait(timeout=20) == 0  # an escape character breaks a SHOULD
    begin, *screens = shown.decode().split("\033[H")
    assert begin == "\033[?1049h\033[?25l\033[2J"
    screens[-1], left, after = screens[-1].partition("\033[?25h\033[?1049l")
    assert left and " packets on 20 connections: " in after
    for screen in screens:
        lines = re.sub("\033\\[[0-9;]*[mKJ]|\r", "", screen).split("\n")
        assert len(lines) <= rows and "\033" not in "".join(lines)
        assert all(len(line) <= columns for line in lines)
        assert lines[0].startswith("mqspec proxy  mqtt://127.0.0.1:")
    assert "… 19 more" in screens[-1] or "… 18 more" in screens[-1]
    for client in clients:
        client.close()


# --- transports ---------------------------------------------------------------------------------


def test_unix_sockets_and_ipv6(proxy, run, mosquitto, tmp_path):
    first = proxy(*mosquitto.options("unix"), "--quiet", listen="mqtt://[::1]:0")
    second = proxy(first.url, "--quiet", listen=f"unix://{tmp_path}/proxy.sock")
    assert run("test", second.url, "--only", "ping/pingreq-is-answered").returncode == 0
    assert second.stop() == 0 and first.stop() == 0
    assert not (tmp_path / "proxy.sock").exists()


@pytest.mark.parametrize(("listen", "transport"), [("mqtts", "tcp"), ("mqtt", "tls"), ("wss", "ws"), ("ws", "wss")])
def test_tls_ends_at_the_proxy(proxy, run, mosquitto, tmp_path, listen, transport):
    ca = certificate(tmp_path, "ca")
    own = ("--listen-cert", certificate(tmp_path, "server", "ca")) if listen in ("mqtts", "wss") else ()
    trust = ("--ca", ca) if own else ()
    one = proxy(*mosquitto.options(transport), "--quiet", *own, listen=f"{listen}://127.0.0.1:0")
    done = run("test", one.url, *trust, "--only", "ping/pingreq-is-answered")
    assert "3 cases: 3 passed" in done.stdout, done.stdout + done.stderr
    assert one.stop() == 0
    assert int(one.lines[-1].split()[0]) > 10


# --- usage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "told"), [
    (("mqtt://127.0.0.1:0",), "expected where to listen and the broker"),
    (("ws://127.0.0.1:0", "mqtt://h"), "WebSocket goes through as it is: ws: or wss: on both sides"),
    (("mqtt://127.0.0.1:0", "mqtt://u:p@h"), "user and password are the client's"),
    (("mqtts://127.0.0.1:0", "mqtt://h"), "a server that speaks TLS needs a certificate and its key"),
    (("mqtt://127.0.0.1:0", "mqtt://h", "--listen-cert", "x"), "a certificate goes with mqtts:// and wss:// only"),
    (("mqtt://127.0.0.1:0", "mqtt://h", "--user", "x"), "--user is no option"),
    (("mqtt://192.0.2.1:1", "mqtt://127.0.0.1"), "cannot listen at mqtt://192.0.2.1:1: address not available"),
    (("mqtt://127.0.0.1:0", "mqtt://no.invalid"), "cannot find the host of mqtt://no.invalid:1883"),
    (("mqtt://127.0.0.1:0", "mqtt://127.0.0.1", "--record", "/no/where"),
     "cannot write /no/where: No such file or directory"),
])
def test_wrong_usage(run, words, told):
    done = run("proxy", *words)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert told in done.stderr
