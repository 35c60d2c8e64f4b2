"""Eclipse Paho Python: its client reads what a server sends, from a socket that is none, and answers
PUBLISH QoS 1 into it. Logging and callbacks are off."""

import collections
import sys
import time

import paho.mqtt.client as mqtt

ROUNDS = 10
PACKETS = 1000


class Socket:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def recv(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def send(self, data):
        return len(data)

    def close(self):
        pass


def receive(name, data):
    version = mqtt.MQTTv5 if name.endswith("5") else mqtt.MQTTv311
    client = mqtt.Client("bench", protocol=version)
    client._sock = Socket(data)
    client._out_packet = collections.deque()
    begin = time.perf_counter()
    for _ in range(PACKETS):
        if client._packet_read() != mqtt.MQTT_ERR_SUCCESS:
            sys.exit("a packet was refused")
    seconds = time.perf_counter() - begin
    assert client._sock.at == len(data)
    client._sock = None
    return seconds


for name in ("C4", "C5"):
    with open(f"{sys.argv[1]}/{name}", "rb") as file:
        data = file.read()
    best = min(receive(name, data) for _ in range(ROUNDS))
    print(f"{name} decode, all faults\t{1e9 * best / PACKETS:.4f}")
