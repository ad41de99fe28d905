# SPDX-License-Identifier: GPL-2.0-or-later
"""relay-peer.py - A program that listens on IPv4 only, and its clients, for relay.bats

	relay-peer.py serve ADDRESS PORT	for each client: greet it with its address, say again what it
						says and, when it has said all, how many bytes that were
	relay-peer.py flood ADDRESS PORT	for each client: send zeroes for as long as it takes them
	relay-peer.py reset ADDRESS PORT	for each client: reset the connection once it says something
	relay-peer.py late ADDRESS PORT FIFO	one client, to which it listens once somebody wrote to FIFO; print a
						digest of what it said
	relay-peer.py press ADDRESS PORT FIFO	say much, in small pieces, until nobody takes any more; write to FIFO,
						say the last of it; print a digest
	relay-peer.py ask ADDRESS PORT		say what comes on stdin, then no more; print the answer
	relay-peer.py talk ADDRESS PORT		say each line of stdin, print each that comes
	relay-peer.py meet ADDRESS PORT		say "x"; print "reset", "end" or what comes
	relay-peer.py idle ADDRESS PORT N	N connections, of which each is greeted; then print N and hold
						them until stdin ends
"""
import asyncio
import contextlib
import fcntl
import hashlib
import os
import resource
import socket
import struct
import sys
import termios
import time


async def serve_one(reader, writer, mode):
    with contextlib.suppress(ConnectionError):
        if mode == "reset":
            await reader.read(1)
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif mode == "flood":
            while True:
                writer.write(bytes(65536))
                await writer.drain()
        else:
            writer.write(f"hello {writer.get_extra_info('peername')[0]}\n".encode())
            total = 0
            while data := await reader.read(65536):
                total += len(data)
                writer.write(data)
                await writer.drain()
            writer.write(f"{total} bytes\n".encode())
            await writer.drain()
    writer.close()


async def serve(address, port, mode):
    server = await asyncio.start_server(lambda r, w: serve_one(r, w, mode), address, port, backlog=4096)
    await server.serve_forever()


def connect(address, port):
    return socket.create_connection((address, int(port)), timeout=30)


def ask(address, port):
    async def both():
        reader, writer = await asyncio.open_connection(address, int(port))

        async def say():
            while data := await asyncio.get_running_loop().run_in_executor(
                    None, sys.stdin.buffer.read1):
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        saying = asyncio.create_task(say())
        while data := await reader.read(65536):
            sys.stdout.buffer.write(data)
        await saying
    asyncio.run(both())


def talk(address, port):
    stream = connect(address, port).makefile("rwb", buffering=0)
    print(stream.readline().decode().strip(), flush=True)
    for line in sys.stdin:
        stream.write(line.encode())
        print(stream.readline().decode().strip(), flush=True)


def late(address, port, fifo):
    listener = socket.create_server((address, int(port)))
    client, digest = listener.accept()[0], hashlib.sha256()
    with open(fifo, encoding="ascii") as file:
        file.read()
    while data := client.recv(65536):
        digest.update(data)
    print(digest.hexdigest(), flush=True)
    client.close()
    listener.accept()


def taken(client):
    """Whether the other end has taken all, within a second"""
    end = time.monotonic() + 1
    while struct.unpack("i", fcntl.ioctl(client, termios.TIOCOUTQ, bytes(4)))[0]:
        if time.monotonic() > end:
            return False
    return True


def press(address, port, fifo):
    client, digest = connect(address, port), hashlib.sha256()
    while taken(client):
        piece = os.urandom(9999)
        client.sendall(piece)
        digest.update(piece)
    with open(fifo, "w", encoding="ascii") as file:
        file.write("go")
    client.sendall(piece)
    digest.update(piece)
    client.shutdown(socket.SHUT_WR)
    client.recv(1)
    print(digest.hexdigest())


def meet(address, port):
    try:
        client = connect(address, port)
        client.send(b"x")
        print(client.recv(100).decode() or "end")
    except ConnectionResetError:
        print("reset")


def idle(address, port, n):
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(n) + 100, int(n) + 100))
    clients = [connect(address, port) for _ in range(int(n))]
    for client in clients:
        assert client.recv(5) == b"hello"
    print(n, flush=True)
    sys.stdin.read()


mode, address, port, *rest = sys.argv[1:]
if mode in ("serve", "flood", "reset"):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(serve(address, port, mode))
else:
    globals()[mode](address, port, *rest)
