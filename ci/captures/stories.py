"""The stories of which corpus/captures/ has the captures, each told by real programs."""

import dataclasses
import ssl
import time
import typing

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

STORIES = []


@dataclasses.dataclass
class Story:
    name: str
    shows: str
    tell: typing.Callable
    midway: bool  # it calls world.listen() itself
    keys_beside: bool
    options: tuple  # with which lint reads it
    needs: tuple  # what is to be fetched from the network


def story(name, midway=False, keys_beside=False, options=(), needs=()):
    def add(tell):
        STORIES.append(Story(name, tell.__doc__, tell, midway, keys_beside, options, needs))
        return tell
    return add


def properties(kind, **values):
    made = Properties(kind)
    for name, value in values.items():
        setattr(made, name, value)
    return made


# ---- mosquitto_pub and mosquitto_sub with Mosquitto ----

def pub_sub(world, version, qos):
    world.mosquitto()
    with world.subscriber("-V", version, "-i", "sub", "-q", qos, "-t", "sensor/+", "-C", "2"):
        world.publish("-V", version, "-i", "one", "-q", qos, "-t", "sensor/a", "-m", "21.5")
        world.publish("-V", version, "-i", "two", "-q", qos, "-t", "sensor/b", "-n")


@story("mosquitto-3.1")
def _(world):
    "MQTT 3.1, QoS 1; an empty message"
    pub_sub(world, "mqttv31", "1")


@story("mosquitto-3.1.1")
def _(world):
    "QoS 0"
    pub_sub(world, "mqttv311", "0")


@story("mosquitto-5.0")
def _(world):
    "QoS 2"
    pub_sub(world, "mqttv5", "2")


@story("will-of-the-killed")
def _(world):
    "a client dies; its Will comes"
    world.mosquitto()
    with world.subscriber("-i", "heir", "-q", "1", "-t", "will/#", "-C", "1"):
        with world.subscriber("-V", "mqttv5", "-i", "mortal", "-t", "a", "--will-topic", "will/m",
                              "--will-payload", "gone", "--will-qos", "1") as mortal:
            mortal.kill()


@story("killed-mid-flow")
def _(world):
    "a subscriber dies with QoS 2 open; its session is resumed, the message sent again"
    world.mosquitto()
    words = ("-V", "mqttv311", "-i", "worker", "-c", "-q", "2", "-t", "jobs/#")
    with world.subscriber(*words) as worker:
        worker.send_signal(19)  # SIGSTOP: what comes is not answered
        world.publish("-q", "2", "-i", "boss", "-t", "jobs/1", "-m", "dig")
        time.sleep(0.2)
        worker.kill()
    with world.subscriber(*words, "-C", "1"):
        pass


@story("retained")
def _(world):
    "a retained message is kept, delivered to a later subscriber, and removed"
    world.mosquitto()
    world.publish("-V", "mqttv5", "-i", "p", "-r", "-q", "1", "-t", "state/door", "-m", "open")
    with world.subscriber("-V", "mqttv5", "-i", "s1", "-q", "1", "-t", "state/#", "-C", "1"):
        pass
    world.publish("-V", "mqttv5", "-i", "p", "-r", "-q", "1", "-t", "state/door", "-n")
    with world.subscriber("-V", "mqttv5", "-i", "s2", "-t", "state/#", "-W", "1"):
        pass


@story("session-resumed")
def _(world):
    "3.1.1: what was published in its absence waits for a client"
    world.mosquitto()
    words = ("-V", "mqttv311", "-i", "away", "-c", "-q", "1", "-t", "post/#")
    with world.subscriber(*words) as away:
        away.terminate()
    world.publish("-q", "1", "-i", "p", "-t", "post/1", "-m", "one")
    world.publish("-q", "1", "-i", "p", "-t", "post/2", "-m", "two")
    with world.subscriber(*words, "-C", "2"):
        pass


@story("topic-alias")
def _(world):
    "5.0: a Topic Alias stands for the name"
    world.mosquitto()
    with world.subscriber("-V", "mqttv5", "-i", "s", "-t", "a/long/topic/name", "-C", "3"):
        world.publish("-V", "mqttv5", "-i", "p", "-t", "a/long/topic/name", "-m", "again", "--repeat", "3",
                      "-D", "publish", "topic-alias", "1")


@story("properties")
def _(world):
    "5.0: user properties, expiry, content type, a request and where to answer it"
    world.mosquitto()
    with world.subscriber("-V", "mqttv5", "-i", "s", "-t", "ask/#", "-C", "1",
                          "-D", "connect", "user-property", "room", "kitchen",
                          "-D", "connect", "session-expiry-interval", "60",
                          "-D", "subscribe", "subscription-identifier", "5"):
        world.publish("-V", "mqttv5", "-i", "p", "-q", "1", "-t", "ask/time", "-m", "?",
                      "-D", "publish", "user-property", "unit", "s", "-D", "publish", "user-property", "unit", "ms",
                      "-D", "publish", "message-expiry-interval", "30", "-D", "publish", "content-type", "text/plain",
                      "-D", "publish", "payload-format-indicator", "1",
                      "-D", "publish", "response-topic", "answer/p", "-D", "publish", "correlation-data", "7")


@story("shared-subscription")
def _(world):
    "5.0: two workers share what is published"
    world.mosquitto()
    with world.subscriber("-V", "mqttv5", "-i", "w1", "-q", "1", "-t", "$share/team/work/#", "-C", "2"), \
         world.subscriber("-V", "mqttv5", "-i", "w2", "-q", "1", "-t", "$share/team/work/#", "-C", "2"):
        for job in range(4):
            world.publish("-V", "mqttv5", "-i", "p", "-q", "1", "-t", f"work/{job}", "-m", "do")


def wrong_password(world, version):
    (world.folder / "passwords").touch()
    world.mosquitto(f"password_file {world.folder / 'passwords'}")
    world.publish("-V", version, "-i", "p", "-u", "alice", "-P", "guess", "-t", "a", "-m", "b")


@story("refused-3.1.1")
def _(world):
    "a wrong password, refused by return code"
    wrong_password(world, "mqttv311")


@story("refused-5.0")
def _(world):
    "a wrong password, refused by Reason Code"
    wrong_password(world, "mqttv5")


@story("ipv6")
def _(world):
    "over IPv6"
    world.mosquitto()
    with world.subscriber("-h", "::1", "-i", "s", "-t", "six", "-C", "1"):
        world.publish("-h", "::1", "-i", "p", "-t", "six", "-m", "hello")


@story("keep-alive")
def _(world):
    "a client that says nothing for one and a half times its Keep Alive; its Will comes"
    world.mosquitto()
    with world.subscriber("-i", "heir", "-t", "will/#", "-C", "1"):
        silent = world.paho("silent", "3.1.1", keep_alive=1,
                            will={"topic": "will/silent", "payload": "silent"})
        silent.freeze()


@story("malformed-3.1.1")
def _(world):
    "a client's malformed packets, to each of which Mosquitto closes"
    world.mosquitto()
    connect = "100d 0004 4d515454 04 02 003c 0001 61"
    world.bytes(connect, "800a 0001 0005 612f622f63 00")  # SUBSCRIBE with flags 0
    world.bytes(connect, "3602 0001")  # PUBLISH with QoS 3
    world.bytes(connect, "8208 0001 0003 612f23 03")  # SUBSCRIBE for QoS 3


@story("malformed-5.0")
def _(world):
    "a client's malformed packets, to each of which Mosquitto answers and closes"
    world.mosquitto()
    connect = "100e 0004 4d515454 05 02 003c 00 0001 61"
    world.bytes(connect, "8209 0001 00 0003 612f23 43")  # SUBSCRIBE for QoS 3, a reserved bit
    world.bytes(connect, "300a 0003 612f62 04 2300 6869")  # PUBLISH whose properties end too late
    world.bytes(connect, "3009 0003 612f62 03 230000")  # Topic Alias 0


# ---- paho ----

def paho_visit(world, version, qos, **options):
    client = world.paho("paho", version, **options)
    client.subscribe("paho/#", qos=qos)
    for number in range(3):
        client.publish("paho/topic", f"message {number}", qos)
    client.expect(3)
    client.leave()


@story("paho-3.1.1")
def _(world):
    "paho over TCP, QoS 1"
    world.mosquitto()
    paho_visit(world, "3.1.1", 1)


@story("paho-5.0")
def _(world):
    "paho over TCP, QoS 2, subscription options, a message of two segments"
    world.mosquitto()
    client = world.paho("paho", "5.0", properties=properties(PacketTypes.CONNECT, ReceiveMaximum=2))
    client.subscribe([("paho/a", SubscribeOptions(qos=2, noLocal=True)),
                      ("paho/b", SubscribeOptions(qos=2, retainAsPublished=True, retainHandling=2))])
    client.publish("paho/a", "not for me", 2)
    client.publish("paho/b", "x" * 2000, 2, retain=True)
    client.publish("paho/b", "", 2, retain=True)
    client.expect(2)
    client.leave()


@story("session-resumed-5.0")
def _(world):
    "paho comes back to its session, twice, the second time to an end of it"
    world.mosquitto()
    expiry = properties(PacketTypes.CONNECT, SessionExpiryInterval=300)
    away = world.paho("away", "5.0", clean=True, properties=expiry)
    away.subscribe("post/#", qos=1)
    away.leave()
    writer = world.paho("writer", "5.0")
    writer.publish("post/1", "one", 1)
    writer.publish("post/2", "two", 2)
    back = world.paho("away", "5.0", clean=False, properties=expiry)
    back.expect(2)
    back.leave()
    world.paho("away", "5.0", clean=True).leave()
    writer.leave()


@story("take-over")
def _(world):
    "a second client with the same name: the first has to go"
    world.mosquitto()
    first = world.paho("twin", "5.0")
    first.client.reconnect_delay_set(min_delay=60)
    second = world.paho("twin", "5.0")
    first.gone.wait(5)
    first.client.loop_stop()
    second.leave()


@story("midway", midway=True, options=("--protocol", "3.1.1"))
def _(world):
    "joined when all had long connected: no CONNECT, no version"
    world.mosquitto()
    reader = world.paho("reader", "3.1.1")
    reader.subscribe("news/#", qos=2)
    writer = world.paho("writer", "3.1.1")
    world.listen(1883)
    for number in range(3):
        writer.publish("news/a", f"message {number}", number)
    reader.expect(3)
    writer.leave()
    reader.leave()


WEBSOCKET = ("socket_domain ipv4", "protocol websockets")


@story("paho-websocket-3.1.1")
def _(world):
    "paho over WebSocket, QoS 1"
    world.mosquitto(*WEBSOCKET, port=8080)
    paho_visit(world, "3.1.1", 1, transport="websockets", port=8080)


@story("paho-websocket-5.0")
def _(world):
    "paho over WebSocket, QoS 2"
    world.mosquitto(*WEBSOCKET, port=8080)
    paho_visit(world, "5.0", 2, transport="websockets", port=8080)


@story("pingreq-flags-websocket")
def _(world):
    "a PINGREQ with a reserved flag, over WebSocket; Mosquitto answers it all the same"
    world.mosquitto(*WEBSOCKET, port=8080)
    client = world.paho("paho", "5.0", transport="websockets", port=8080)
    client.client.socket().send(bytes.fromhex("c100"))
    client.subscribe("a", qos=0)
    client.leave()


def tls_visit(world, version, qos, tls, lines, port, **options):
    ca = world.certificate()
    world.mosquitto(*lines, f"certfile {world.folder}/server.crt", f"keyfile {world.folder}/server.key",
                    port=port)
    paho_visit(world, version, qos, port=port, ca=ca, tls=tls, **options)


@story("tls-1.3")
def _(world):
    "paho over TLS 1.3; the keys are in the capture"
    tls_visit(world, "5.0", 1, ssl.TLSVersion.TLSv1_3, (), port=8883)


@story("tls-1.2", keys_beside=True, options=("--keylog", "tls-1.2.keys"))
def _(world):
    "paho over TLS 1.2; the keys are beside the capture"
    tls_visit(world, "3.1.1", 2, ssl.TLSVersion.TLSv1_2, (), port=8883)


@story("wss")
def _(world):
    "paho over WebSocket over TLS 1.3; the keys are in the capture"
    tls_visit(world, "5.0", 1, ssl.TLSVersion.TLSv1_3, WEBSOCKET, transport="websockets", port=443)


@story("tls-two-records")
def _(world):
    "each packet is spread over two TLS records, as a capture exported by tshark would have it twice"
    ca = world.certificate()
    world.mosquitto(f"certfile {world.folder}/server.crt", f"keyfile {world.folder}/server.key", port=8883)
    connection = world.tls(ca, 8883)
    for packet in ("100d 0004 4d515454 04 02 003c 0001 61", "3208 0003 612f62 0001 68"):
        data = bytes.fromhex(packet)
        connection.sendall(data[:6])
        connection.sendall(data[6:])
        connection.recv(100)
    connection.sendall(bytes.fromhex("e000"))
    connection.recv(100)
    connection.close()


# ---- MQTT.js ----

@story("mqttjs-3.1", needs=("mqttjs",))
def _(world):
    "MQTT.js, MQTT 3.1, QoS 2"
    world.mosquitto()
    world.mqttjs(url="mqtt://127.0.0.1", version=3, qos=2)


@story("mqttjs-3.1.1", needs=("mqttjs",))
def _(world):
    "MQTT.js, QoS 0"
    world.mosquitto()
    world.mqttjs(url="mqtt://127.0.0.1", version=4, qos=0)


@story("mqttjs-5.0", needs=("mqttjs",))
def _(world):
    "MQTT.js, 5.0: Topic Aliases of its own choice, a subscription identifier"
    world.mosquitto()
    world.mqttjs(url="mqtt://127.0.0.1", version=5, qos=1)


@story("mqttjs-websocket", needs=("mqttjs",))
def _(world):
    "MQTT.js over WebSocket"
    world.mosquitto(*WEBSOCKET, port=8080)
    world.mqttjs(url="ws://127.0.0.1:8080/mqtt", version=5, qos=2)


# ---- other brokers ----

@story("ejabberd")
def _(world):
    "paho with ejabberd, 5.0"
    [url] = world.launch("ejabberd")
    paho_visit(world, "5.0", 1, port=url.port, user=(url.username, url.password))


@story("ejabberd-websocket", needs=("mqttjs",))
def _(world):
    "MQTT.js over WebSocket with ejabberd, 3.1.1"
    [_, url] = world.launch("ejabberd", "ws")
    world.mqttjs(url=f"ws://127.0.0.1:{url.port}/mqtt", version=4, qos=1, username=url.username,
                 password=url.password)


@story("aedes", needs=("mqttjs", "aedes"))
def _(world):
    "MQTT.js with Aedes, 3.1.1, QoS 2"
    [url] = world.launch("aedes")
    world.mqttjs(url=f"mqtt://127.0.0.1:{url.port}", version=4, qos=2)


@story("rabbitmq")
def _(world):
    "mosquitto_pub and mosquitto_sub with RabbitMQ, 3.1.1"
    [url] = world.launch("rabbitmq")
    login = ("-u", url.username, "-P", url.password) if url.username else ()
    with world.subscriber(*login, "-i", "s", "-q", "1", "-t", "hop/#", "-C", "1", port=url.port):
        world.publish(*login, "-i", "p", "-q", "1", "-t", "hop/a", "-m", "hi", port=url.port)
