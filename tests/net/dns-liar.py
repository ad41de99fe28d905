#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A DNS server in front of a real one, which does with updates as a file says

	dns-liar.py ADDRESS REAL FILE

The file has one of these words, and is read for each request:

	true		pass on what the real one says
	slow		so, after a second and a half
	truncated	so by TCP; by UDP nothing is done, and all is cut off, with TC set
	unheard		have the update done, and say nothing
	silent		do nothing
	wrongid		an answer to another request; nothing is done
	wrongmac	NOERROR, with a signature that is not the key's; nothing is done
	unsigned	NOERROR, without one; nothing is done
	garbage		bytes that are no message; nothing is done
	replay		what was answered to the first request, as if to this one; nothing is done
	flood		a thousand answers to other requests by UDP, and then the truth
	endless		by TCP bytes without end, by UDP nothing; nothing is done
	huge		so, of a message that is longer than any answer
"""
import asyncio
import os
import struct
import sys

ADDRESS, REAL, FILE = sys.argv[1:]
FIRST = []


async def ask(request):
    """by TCP, whatever the client has used"""
    reader, writer = await asyncio.open_connection(REAL, 53)
    writer.write(struct.pack("!H", len(request)) + request)
    answer = await reader.readexactly(struct.unpack("!H", await reader.readexactly(2))[0])
    writer.close()
    return answer


def lie(request, mode):
    head = bytearray(request)
    head[2] |= 0x80
    if mode == "wrongid":
        head[0] ^= 0xff
    if mode == "unsigned":
        return bytes(head[:4]) + bytes(8)
    if mode == "replay":
        return request[:2] + FIRST[0][2:]
    if mode == "garbage":
        return bytes(head[:4]) + b"\xff" * 100
    # the signature of the request, which is none of an answer's
    return bytes(head)


def mode_now():
    with open(FILE) as file:
        return file.read().strip()


async def answer_to(request, stream):
    mode = mode_now()
    print(mode, "tcp" if stream else "udp", flush=True)
    if mode in ("silent", "endless", "huge"):
        return None
    if mode in ("wrongid", "wrongmac", "unsigned", "garbage", "replay"):
        return lie(request, mode)
    if mode == "truncated" and not stream:
        return request[:2] + b"\xaa\x00" + bytes(8)
    if mode == "slow":
        await asyncio.sleep(1.5)
    answer = await ask(request)
    FIRST.append(answer)
    if mode == "unheard":
        return None
    return answer


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        asyncio.ensure_future(self.reply(data, addr))

    async def reply(self, data, addr):
        answer = await answer_to(data, False)
        if mode_now() == "flood":
            for _ in range(1000):
                self.transport.sendto(lie(data, "wrongid"), addr)
        if answer:
            self.transport.sendto(answer, addr)


async def write_endlessly(writer):
    """as long as the client is there"""
    writer.write(b"\xff\xff" if mode_now() == "huge" else b"\x10\x00")
    try:
        while True:
            writer.write(bytes(100))
            await writer.drain()
            await asyncio.sleep(0.1 if mode_now() == "endless" else 0)
    except ConnectionError:
        pass


async def serve_stream(reader, writer):
    size = struct.unpack("!H", await reader.readexactly(2))[0]
    answer = await answer_to(await reader.readexactly(size), True)
    if mode_now() in ("endless", "huge"):
        await write_endlessly(writer)
    if answer:
        # in pieces, as a stream may come
        whole = struct.pack("!H", len(answer)) + answer
        for piece in (whole[:1], whole[1:20], whole[20:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.read(1)
    else:
        await reader.read(1)
    writer.close()


async def main():
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Datagrams, local_addr=(ADDRESS, 53))
    server = await asyncio.start_server(serve_stream, ADDRESS, 53)
    print("ready", os.getpid(), flush=True)
    await server.serve_forever()

asyncio.run(main())
