#!/usr/bin/python3
"""Publishes numbered messages with paho-mqtt, the way a tutorial does.

    paho_publisher.py --port 1883 --topic topic_test1/a --qos 1 --count 5
    paho_publisher.py --port 8084 --transport websockets --ca ca.crt
"""

import argparse
import sys

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
    parser.add_argument("--client-id", default="pub-client-1")
    parser.add_argument("--topic", default="topic_test1")
    parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=0)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--retain", action="store_true")
    return parser.parse_args()


def connect(args):
    """A connected client with its network loop running; clean_session does not exist in 5.0."""
    clean = {} if args.protocol == "5.0" else {"clean_session": True}
    client = mqtt.Client(client_id=args.client_id, protocol=PROTOCOLS[args.protocol],
                         transport=args.transport, **clean)
    if args.transport == "websockets":
        client.ws_set_options(path=args.path)
    if args.ca:
        client.tls_set(ca_certs=args.ca)
    client.connect(args.host, args.port, keepalive=60)
    client.loop_start()
    return client


def main():
    args = arguments()
    client = connect(args)
    for number in range(args.count):
        message = f"messages: {number}"
        info = client.publish(args.topic, message, qos=args.qos, retain=args.retain)
        info.wait_for_publish(timeout=10)
        if not info.is_published():
            sys.exit(f"not published: {message}")
        print(f"Send `{message}` to topic `{args.topic}`", flush=True)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
