"""mqspec over TLS, WebSocket and Unix sockets: what must work, and how what does not work is told."""

import os
import subprocess

import pytest

from middle import Middle, SWITCH, accept_of, forward, http_answer, request_key, tls_end

PING = ("--only", "ping/pingreq-is-answered")


@pytest.fixture
def middle():
    """middle(serve) -> the port at which `serve` answers."""
    opened = []

    def listen(serve):
        opened.append(Middle(serve))
        return opened[-1].port

    yield listen
    for server in opened:
        server.close()


def one_line(done, status):
    """The only line of complaint of a command that ended with this status."""
    assert done.returncode == status, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize("transport", ["unix", "tls", "ws", "wss"])
def test_every_transport_reaches_the_broker(run, reports, mosquitto, transport):
    done = run("test", *mosquitto.options(transport), *PING)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 cases: 3 passed" in done.stdout
    assert "mosquitto version 2." in run("probe", *mosquitto.options(transport)).stdout


@pytest.mark.parametrize("schedule", ["1", "random", "coalesce"])
def test_every_schedule_gives_the_same_verdicts(run, mosquitto, schedule):
    done = run("test", *mosquitto.options("tls"), *PING, "--segment", schedule)
    assert "3 cases: 3 passed" in done.stdout


# --- TLS ---------------------------------------------------------------------------------------


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certificate(folder, name, signer=None):
    """name.pem: a certificate for localhost and its key; signed by signer.pem, or by itself."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(folder, "req", *key, "-keyout", "key", "-out", "csr", "-subj", f"/CN={name}")
    (folder / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n" if signer
                                else "basicConstraints=critical,CA:TRUE\n")
    by = ("-CA", f"{signer}.pem", "-CAkey", f"{signer}.pem", "-CAcreateserial") if signer else (
        "-signkey", "key")
    openssl(folder, "x509", "-req", "-in", "csr", *by, "-days", "2", "-extfile", "ext", "-out", "crt")
    path = folder / f"{name}.pem"
    path.write_text((folder / "crt").read_text() + (folder / "key").read_text())
    return path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    names = {"ca": None, "other": None, "server": "ca", "client": "ca"}
    return {name: certificate(folder, name, signer) for name, signer in names.items()}


def test_a_certificate_of_an_unknown_authority_is_refused(run, mosquitto, certificates):
    url, *_ = mosquitto.options("tls")
    for options in ((), ("--ca", certificates["other"])):
        line = one_line(run("test", url, *options, *PING), 3)
        assert f"cannot connect to {url}: the certificate is not accepted: " in line
        assert "--ca" in line
    assert run("test", url, "--insecure", *PING).returncode == 0


def test_client_certificate_server_name_and_alpn(run, middle, mosquitto_port, certificates):
    seen = []
    port = middle(tls_end(certificates["server"], certificates["ca"], mosquitto_port, seen))
    url = f"mqtts://localhost:{port}"
    trust = ("--ca", certificates["ca"])
    done = run("test", url, *trust, "--cert", certificates["client"], *PING)
    assert "3 cases: 3 passed" in done.stdout, done.stderr
    assert set(seen) == {("localhost", "mqtt")}
    line = one_line(run("test", url, *trust, *PING, "--protocol", "5.0"), 3)
    assert "certificate required" in line


def test_tls_to_a_port_without_it(run, mosquitto_port, middle):
    line = one_line(run("test", f"mqtts://127.0.0.1:{mosquitto_port}", *PING), 3)
    assert "it was ended during the TLS handshake" in line
    port = middle(lambda connection: connection.sendall(b"220 mail ready and waiting\r\n"))
    assert "TLS" in one_line(run("probe", f"mqtts://127.0.0.1:{port}"), 3)


# --- WebSocket ---------------------------------------------------------------------------------


def test_an_upgrade_that_is_refused(run, middle):
    port = middle(http_answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    line = one_line(run("test", f"ws://127.0.0.1:{port}/nowhere", *PING), 3)
    assert "the WebSocket upgrade was answered with 404 Not Found" in line


def test_another_sub_protocol(run, middle):
    port = middle(http_answer(SWITCH.replace("{protocol}", "Sec-WebSocket-Protocol: soap\r\n")))
    line = one_line(run("probe", f"ws://127.0.0.1:{port}"), 3)
    assert 'the server chose the WebSocket sub-protocol "soap"' in line


def test_no_sub_protocol(run, middle):
    port = middle(http_answer(SWITCH.replace("{protocol}", "")))
    line = one_line(run("probe", f"ws://127.0.0.1:{port}", "--protocol", "5.0"), 3)
    assert "v5 MQTT-6.0.0-4" in line


def test_what_the_upgrade_asks_for(run, middle):
    requests = []

    def serve(connection):
        requests.append(connection.recv(65536).decode())
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    url = f"ws://127.0.0.1:{middle(serve)}/a/b?token=secret"
    done = run("test", url, "--header", "Authorization: Bearer s3cr3t", "--password", "s3cr3t", *PING)
    assert "403 Forbidden" in one_line(done, 3)
    assert requests[0].startswith("GET /a/b?token=secret HTTP/1.1\r\n")
    assert "\r\nSec-WebSocket-Protocol: mqtt\r\n" in requests[0]
    assert "\r\nAuthorization: Bearer s3cr3t\r\n" in requests[0]
    assert "secret" not in done.stdout + done.stderr


def test_a_text_frame_of_the_broker(run, middle):
    def serve(connection):
        key = request_key(connection)
        connection.sendall(SWITCH.format(accept=accept_of(key),
                                         protocol="Sec-WebSocket-Protocol: mqtt\r\n").encode())
        connection.recv(65536)
        connection.sendall(b"\x81\x05\x20\x03\x00\x00\x00")
        connection.recv(65536)

    line = one_line(run("probe", f"ws://127.0.0.1:{middle(serve)}", "--protocol", "5.0"), 3)
    assert "v5 MQTT-6.0.0-1" in line and "text frame" in line


# --- nobody hangs ------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "phase"), [("mqtts", "TLS handshake"), ("ws", "WebSocket upgrade")])
def test_a_peer_that_never_answers(run, middle, scheme, phase):
    port = middle(lambda connection: connection.recv(1 << 20) and connection.recv(1))
    line = one_line(run("probe", f"{scheme}://127.0.0.1:{port}"), 3)
    assert f"no answer in time ({phase})" in line


def test_a_peer_that_stops_reading(run, middle, mosquitto_port):
    port = middle(lambda connection: forward(connection, mosquitto_port, 200000))
    done = run("test", f"mqtt://127.0.0.1:{port}", "--only", "malformed/lengths*2097154*", "--timeout", "5",
               "--protocol", "5.0", "--quiet", timeout=120)
    assert done.returncode in (1, 2)
    assert done.stderr == ""


def test_a_unix_socket_that_is_not_there(run, tmp_path):
    line = one_line(run("probe", f"unix://{tmp_path}/none"), 3)
    assert "no such file or directory" in line


# --- usage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("mqtt://h", "--ca", "x"), "--ca and --insecure go with mqtts:// and wss:// only"),
        (("mqtt://h", "--insecure"), "--ca and --insecure go with"),
        (("ws://h", "--cert", "x"), "--cert and --key go with"),
        (("mqtts://h", "--key", "x"), "--key goes with --cert"),
        (("mqtts://h", "--insecure", "--ca", "x"), "choose one"),
        (("mqtts://h", "--header", "A: b"), "--header goes with ws:// and wss:// only"),
        (("ws://h", "--header", "no colon"), "expected one line, NAME: VALUE"),
        (("ws://h", "--header", "A: b\r\nC: d"), "expected one line, NAME: VALUE"),
        (("mqtt://h", "--segment", "2"), "--segment 2: expected 1, random or coalesce"),
        (("mqtts://h", "--ca", "/nowhere"), "cannot use /nowhere: "),
        (("unix://h",), "whole path"),
        (("http://h",), "the scheme http:// is not known"),
    ],
)
@pytest.mark.parametrize("command", ["test", "probe"])
def test_wrong_usage_is_told(run, command, words, told):
    assert told in one_line(run(command, *words), 2)


# --- access control ----------------------------------------------------------------------------


@pytest.fixture
def guarded(tmp_path, free_port):
    """The port of a Mosquitto whose clients may do everything below lab/ and nothing elsewhere."""
    (tmp_path / "acl").write_text("topic readwrite lab/#\n")
    (tmp_path / "conf").write_text(
        f"listener {free_port} 127.0.0.1\nsocket_domain ipv4\nallow_anonymous true\n"
        f"set_tcp_nodelay true\nuser root\nacl_file {tmp_path}/acl\n")
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    process = subprocess.Popen(["mosquitto", "-c", tmp_path / "conf"], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield free_port
    process.terminate()
    process.wait(timeout=20)


def test_topics_of_a_user(run, guarded):
    url = f"mqtt://127.0.0.1:{guarded}"
    for _ in range(50):
        if run("probe", url, "--protocol", "3.1.1").returncode == 0:
            break
    cases = ("--only", "auth/denied*", "--only", "qos/published-1-is-delivered-1")
    done = run("test", url, *cases, "--topic-prefix", "lab", "--denied-topic", "office/a")
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
    done = run("test", url, *cases)
    assert done.returncode == 1
    assert "needs denied-topic: --denied-topic names none" in done.stdout


@pytest.mark.parametrize("words", [("--topic-prefix", "a/+"), ("--denied-topic", "$SYS/a")])
def test_a_prefix_must_be_a_topic(run, words):
    assert "expected a topic without wildcards" in one_line(run("test", "mqtt://h", *words), 2)
