#!/usr/bin/python3
"""Subscribes with paho-mqtt, the way a tutorial does, and prints what comes.

    paho_subscriber.py --port 1883 --topic 'topic_test1/#' --qos 2 --count 5
    paho_subscriber.py --port 8084 --transport websockets --ca ca.crt

Ends after --count messages (0: when the broker has granted the subscription). Prints `subscribed`
when it has.
"""

import argparse
import sys
import time

import paho.mqtt.client as mqtt

PROTOCOLS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5.0": mqtt.MQTTv5}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--transport", choices=("tcp", "websockets"), default="tcp")
    parser.add_argument("--path", default="/mqtt", help="of the WebSocket")
    parser.add_argument("--ca", help="TLS, with the server's certificate signed by this authority")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="3.1.1")
    parser.add_argument("--client-id", default="sub-client-1")
    parser.add_argument("--topic", default="topic_test1/#")
    parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=0)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--keep-session", action="store_true", help="clean_session=False")
    parser.add_argument("--timeout", type=float, default=20)
    return parser.parse_args()


def main():
    args = arguments()
    granted, received = [], []

    def on_connect(client, _userdata, _flags, code, _properties=None):
        if code != 0:
            sys.exit(f"Failed to connect, return code {code}")
        client.subscribe(args.topic, args.qos)

    def on_subscribe(_client, _userdata, _mid, codes, _properties=None):
        granted.append(codes)
        print("subscribed", flush=True)

    def on_message(_client, _userdata, message):
        received.append(message)
        print(f"Received `{message.payload.decode()}` from `{message.topic}` topic", flush=True)

    clean = {} if args.protocol == "5.0" else {"clean_session": not args.keep_session}
    client = mqtt.Client(client_id=args.client_id, protocol=PROTOCOLS[args.protocol],
                         transport=args.transport, **clean)
    if args.transport == "websockets":
        client.ws_set_options(path=args.path)
    if args.ca:
        client.tls_set(ca_certs=args.ca)
    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.connect(args.host, args.port, keepalive=60)
    # A packet is answered before loop() returns, so that nothing is left to wait for.
    deadline = time.monotonic() + args.timeout
    while not granted or len(received) < args.count:
        if time.monotonic() > deadline:
            sys.exit(f"{len(received)} of {args.count} messages came")
        if client.loop(timeout=1) != mqtt.MQTT_ERR_SUCCESS:
            sys.exit("the connection was lost")
    client.disconnect()
    while client.loop(timeout=1) == mqtt.MQTT_ERR_SUCCESS:
        pass


if __name__ == "__main__":
    main()
