/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oci-v6-relay: takes connections by IPv6, for a program that listens on IPv4 only.
 *
 *	client ---- service address ---- forwarded to ---- [TARGET]:RELAY_PORT	the relay, in the
 *								|		container's network
 *				   the container's IPv4 address:PROGRAM_PORT	the program
 *
 * It lives in the container's network namespace: so it needs no way from the host to the container
 *by IPv4, which nobody guards, can do nothing that the container itself could not do, and reaches
 * programs that listen on 127.0.0.1 alone. It never comes from there, however: a program that
 *trusts its own host (as databases do) sees the container's own address instead.
 *
 * v6d starts one for each container; see store/relay.h. What it moves it does not look at.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

#include <libv6/base.h>
#include <libv6/store.h>

/* Where v6d leaves what a relay is given: the container's network namespace, the relay's own file,
 * a pidfd of the container's process, which there need not be, and the bell: a FIFO that is written
 * to when the file was removed. inotify would do that, too, but root has 128 of it at most
 */
#define RELAY_FD_NETNS 3
#define RELAY_FD_FILE  4
#define RELAY_FD_LIFE  5
#define RELAY_FD_BELL  6

/* One for each mapping of a record, V6_REQUEST_MAPS_MAX */
#define RELAY_DOORS_MAX 64

/**
 * struct relay_door - A port on which the relay listens
 * @fd:		Its socket, or -1
 * @port:	Of the relay
 * @program:	Of the program, in the container
 * @service:	Of the service address, which clients connect to
 */
struct relay_door {
	int fd;
	uint16_t port, program, service;
};

/**
 * struct relay - What a relay was started with
 * @id:		The container's, short
 * @proxy:	A PROXY header comes first
 * @link:	The container's interface, whose IPv4 address is used
 * @has_life:	There is RELAY_FD_LIFE, and the relay ends with it
 * @connections: Most of them at a time
 * @memory:	What buffers of all of them may take, in bytes
 * @target:	Address of the container, on which the relay listens
 * @header:	What a PROXY header says that clients connect to
 * @counts:	For v6ctl to read
 * @doors:	@n_doors of them
 */
struct relay {
	const char *id;
	bool proxy;
	char link[IFNAMSIZ];
	bool has_life;
	unsigned int connections;
	size_t memory;
	struct in6_addr target, header;
	volatile struct v6_relay_counts *counts;
	struct relay_door doors[RELAY_DOORS_MAX];
	size_t n_doors;
};

#endif
