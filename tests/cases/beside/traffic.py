"""Traffic for cases: servers, clients that tell what became of them, frames.

traffic.py serve tcp:PORT udp:ADDRESS:PORT tcp:[IPV6]:PORT …
                                               answers there with what it got, until killed
traffic.py try [ttl=N] [from=ADDRESS] tcp:ADDRESS:PORT udp:ADDRESS:PORT …
                                               one line each: answered, refused or silent
traffic.py open COUNT ADDRESS PORT             opens so many connections at once
traffic.py send INTERFACE HEX…                 sends frames
traffic.py take ADDRESS PORT                   waits for a connection, and says how much came
traffic.py give ADDRESS PORT COUNT             sends so many bytes at once
"""

import socket
import sys
import threading

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def echo(connection):
    with connection:
        connection.sendall(connection.recv(100))


def parts(service):
    kind, rest = service.split(":", 1)
    address, _, port = rest.rpartition(":")
    return kind, address.strip("[]"), port


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(services):
    for service in services:
        kind, address, port = parts(service)
        server = socket.socket(family(address), KINDS[kind])
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, int(port)))
        threading.Thread(target=answer, args=(kind, server)).start()
    print("ready", flush=True)


def answer(kind, server):
    if kind == "tcp":
        server.listen(16)
    while True:
        if kind == "tcp":
            echo(server.accept()[0])
        else:
            data, sender = server.recvfrom(100)
            server.sendto(data, sender)


def outcome(kind, address, port, ttl, source):
    client = socket.socket(family(address), KINDS[kind])
    client.settimeout(0.7)
    if ttl:
        client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    if source:
        client.bind((source, 0))
    try:
        client.connect((address, int(port)))
        client.sendall(b"hello")
        return "answered" if client.recv(100) == b"hello" else "something else"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silent"


def take(address, port):
    connection = socket.create_server((address, int(port))).accept()[0]
    count = 0
    while data := connection.recv(65536):
        count += len(data)
    print(count, "bytes")


def main(command, *words):
    if command == "serve":
        serve(words)
    elif command == "try":
        ttl, source = None, None
        for word in words:
            if word.startswith("ttl="):
                ttl = int(word[4:])
            elif word.startswith("from="):
                source = word[5:]
            else:
                print(word, outcome(*parts(word), ttl, source))
    elif command == "open":
        count, address, port = words
        clients = [socket.socket() for _ in range(int(count))]
        for client in clients:
            client.setblocking(False)
            client.connect_ex((address, int(port)))
    elif command == "send":
        cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        cable.bind((words[0], 0))
        for frame in words[1:]:
            cable.send(bytes.fromhex(frame))
    elif command == "take":
        take(*words)
    elif command == "give":
        address, port, count = words
        with socket.create_connection((address, int(port))) as connection:
            connection.sendall(bytes(int(count)))


main(*sys.argv[1:])
