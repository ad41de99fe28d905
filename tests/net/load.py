#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# load.py - Clients of a service, one connection for each request, until SIGTERM
#
#	load.py ADDRESS PORT [AT-ONCE]
#
# Prints a line for each request when it has ended: "MILLISECONDS-SINCE-1970 ANSWER", which is the
# server's first word, or "error: ..." for one that was refused, reset, or not answered in time.

import asyncio
import signal
import sys
import time

PATIENCE_S = 60  # a busy machine may stop for long
# Between a client's requests: the machine has time for servers as well, and a minute has fewer requests than
# the 14,000 even ports that connect() takes first. With all of them in TIME_WAIT, connections are refused
PACE_S = 0.1


async def request(address, port):
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), PATIENCE_S)
        writer.write(b"x")
        line = await asyncio.wait_for(reader.readline(), PATIENCE_S)
        writer.close()
        return line.decode().split()[0] if line else "error: closed"
    except (OSError, asyncio.TimeoutError) as error:
        return f"error: {error!r}"


async def client(address, port, stop):
    while not stop.is_set():
        answer = await request(address, port)
        print(time.time_ns() // 1000000, answer, flush=True)
        await asyncio.sleep(PACE_S)


async def main(address, port, at_once="16"):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await asyncio.gather(*(client(address, int(port), stop) for _ in range(int(at_once))))


asyncio.run(main(*sys.argv[1:]))
