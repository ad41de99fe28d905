#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""udp-peer.py - One end of a conversation by UDP that the program peer can't have

	udp-peer.py serve PORT ADDRESS	answer there; on :: the kernel chooses the source
	udp-peer.py serve PORT pktinfo	answer on all addresses, from the one that was asked (RFC 3542)
	udp-peer.py ask SOURCE[#PORT] ADDRESS PORT...
			ask each by one socket, wait for its answer, and print whence it came, and its text
	udp-peer.py call SOURCE[#PORT] ADDRESS PORT...
			the same, but ask all before any answer is read; they are printed sorted
"""
import socket
import sys

udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)


def serve(port, how):
    pktinfo = how == "pktinfo"
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, pktinfo)
    udp.bind(("::" if pktinfo else how, port))
    while True:
        _, about, _, client = udp.recvmsg(100, 100)
        about = [(a[0], a[1], a[2][:16] + bytes(4)) for a in about if a[1] == socket.IPV6_PKTINFO]
        udp.sendmsg([how.encode()], about, 0, client)


def hear():
    try:
        answer, peer = udp.recvfrom(100)[:2]
        return "%s %s" % (peer[0], answer.decode())
    except OSError as error:
        return str(error)


def ask(source, questions, at_once):
    address, _, port = source.partition("#")
    udp.bind((address, int(port or 0)))
    udp.settimeout(2)
    heard = []
    for to, port in questions:
        udp.sendto(b"?", (to, int(port)))
        if not at_once:
            heard.append(hear())
    if at_once:
        heard = sorted(hear() for _ in questions)
    print("\n".join(heard))


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]), sys.argv[3])
else:
    ask(sys.argv[2], list(zip(sys.argv[3::2], sys.argv[4::2])), sys.argv[1] == "call")
