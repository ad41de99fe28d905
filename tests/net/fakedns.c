/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakedns ADDRESS MODE: a DNS server on port 53 that misbehaves as told, over UDP and TCP
 *
 *	silent		never answers
 *	nodata nxdomain servfail refused	that response code, and no records
 *	lossy		as nxdomain, but every second query is lost
 *	truncated	UDP: truncated; TCP: 40 records, 2001:db8::1 to ::14, each twice
 *
 * Prints the pid of its background process when it is ready to be asked; that one ends after a
 * minute at the latest.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SILENT = 1, LOSSY = 2, TRUNCATED = 4, HEADER = 12, RECORDS = 40 };

static const struct mode {
	const char *name;
	unsigned int flags;
	uint8_t rcode;
} modes[] = {
	{"silent", SILENT, 0}, {"nodata", 0, 0},    {"nxdomain", 0, 3},		 {"servfail", 0, 2},
	{"refused", 0, 5},     {"lossy", LOSSY, 3}, {"truncated", TRUNCATED, 0},
};

/* A pointer to the name in the question, AAAA, IN, 60 s, 16 bytes; RFC 1035 4.1 */
static size_t add_record(uint8_t *at, uint8_t number)
{
	static const uint8_t record[28] = {0xc0, HEADER, 0, 28, 0,    1,    0,	  0,
					   0,	 60,	 0, 16, 0x20, 0x01, 0x0d, 0xb8};

	memcpy(at, record, sizeof(record));
	at[sizeof(record) - 1] = number;
	return sizeof(record);
}

/* Turn the query in @packet into the answer. Returns its length, 0 for none. */
static size_t answer(const struct mode *mode, uint8_t *packet, ssize_t size, int tcp)
{
	static unsigned int asked;
	size_t len = HEADER, i;

	if (size < HEADER || mode->flags & SILENT || (mode->flags & LOSSY && asked++ % 2))
		return 0;
	/* What follows the question's root label, type and class is EDNS, which we don't know */
	while (packet[len])
		len += packet[len] + 1U;
	len += 5;

	packet[2] = (uint8_t)(0x80 | (packet[2] & 1) | (mode->flags & TRUNCATED && !tcp ? 2 : 0));
	packet[3] = (uint8_t)(0x80 | mode->rcode);
	memset(packet + 8, 0, 4);
	if (mode->flags & TRUNCATED && tcp) {
		packet[7] = RECORDS;
		for (i = 0; i < RECORDS; i++)
			len += add_record(packet + len, (uint8_t)(i / 2 + 1));
	}
	return len;
}

static void serve_udp(const struct mode *mode, int fd)
{
	struct sockaddr_in6 from;
	socklen_t from_len = sizeof(from);
	uint8_t packet[4096] = {0};
	ssize_t size = recvfrom(fd, packet, 512, 0, (struct sockaddr *)&from, &from_len);

	size = (ssize_t)answer(mode, packet, size, 0);
	if (size > 0)
		sendto(fd, packet, (size_t)size, 0, (struct sockaddr *)&from, from_len);
}

static void serve_tcp(const struct mode *mode, int listener)
{
	uint8_t packet[4096] = {0};
	int fd = accept(listener, NULL, NULL);
	size_t len = answer(mode, packet + 2, recv(fd, packet, 514, 0) - 2, 1);

	packet[0] = (uint8_t)(len >> 8);
	packet[1] = (uint8_t)len;
	if (len > 0)
		send(fd, packet, len + 2, MSG_NOSIGNAL);
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	int udp = socket(AF_INET6, SOCK_DGRAM, 0), tcp = socket(AF_INET6, SOCK_STREAM, 0), i = 0;
	struct pollfd fds[] = {{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};
	const int n = sizeof(modes) / sizeof(*modes);
	pid_t pid;

	while (argc == 3 && i < n && strcmp(modes[i].name, argv[2]) != 0)
		i++;
	if (argc != 3 || i == n || inet_pton(AF_INET6, argv[1], &address.sin6_addr) != 1 ||
	    bind(udp, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &n, sizeof(n)) < 0 ||
	    bind(tcp, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(tcp, 8) < 0) {
		perror("fakedns");
		return 1;
	}
	pid = fork();
	if (pid != 0)
		return pid < 0 || printf("%d\n", (int)pid) < 0;
	fclose(stdout);
	alarm(60);
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			serve_udp(&modes[i], udp);
		if (fds[1].revents)
			serve_tcp(&modes[i], tcp);
	}
	return 1;
}
