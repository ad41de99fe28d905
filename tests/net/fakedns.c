/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakedns ADDRESS MODE: a DNS server on port 53 that misbehaves as told, over UDP and TCP
 *
 *	silent		never answers
 *	nodata nxdomain servfail refused	that response code, and no records
 *	lossy		as nxdomain, but every second query is lost
 *	truncated	UDP: truncated; TCP: 40 records, 2001:db8::1 to ::14, each twice
 *	ADDRESS...	those addresses, separated by commas
 *	thousands	UDP: truncated; TCP: 2000 records, 2001:db8:: and on, as many as there is
 *			room for
 *	ttl		2001:db8::203 for 0 seconds, and ::204 for 2^32 - 1
 *	loop		the name is an alias of another, which is one of the name
 *	chain		200 aliases, each of the next, and no address at the end
 *	other		an address of another name, which nobody asked for
 *	wrongid		the right answer to another query
 *	cut		the right answer, but for its last bytes
 *	pointer		a name that leads to itself
 *	count		an answer that promises 65535 records and has one
 *	garbage		bytes that are none of these
 *	empty		a datagram of no bytes
 *	flood		garbage without end, as fast as it can
 *	tarpit		UDP: truncated; TCP: one byte now and then, of a long answer
 *
 * Prints the pid of its background process when it is ready to be asked; that one ends after a
 * minute at the latest.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, ANSWER_MAX = 65535, TYPE_CNAME = 5, TYPE_AAAA = 28 };

/* struct answer - being written behind the question; @end is where */
struct answer {
	uint8_t *packet;
	size_t end;
	unsigned int count;
	bool tcp;
};

static char *own_addresses; /* of mode ADDRESS */
static unsigned int asked;

/* A name as it goes on the wire, type, class IN, time to live, and data; RFC 1035 4.1 */
static void add_record(struct answer *a, const void *name, size_t name_size, uint8_t type,
		       uint32_t ttl, const void *data, size_t size)
{
	uint8_t *at = a->packet + a->end;
	uint8_t fixed[10] = {0, type, 0, 1, [8] = (uint8_t)(size >> 8), (uint8_t)size};

	if (a->end + name_size + sizeof(fixed) + size > ANSWER_MAX)
		return;
	ttl = htonl(ttl);
	memcpy(fixed + 4, &ttl, sizeof(ttl));
	memcpy(at, name, name_size);
	memcpy(at + name_size, fixed, sizeof(fixed));
	memcpy(at + name_size + sizeof(fixed), data, size);
	a->end += name_size + sizeof(fixed) + size;
	a->count++;
}

/* A pointer to the name in the question */
static const uint8_t its_name[] = {0xc0, HEADER};

static void add_address(struct answer *a, const char *text, uint32_t ttl)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) == 1)
		add_record(a, its_name, 2, TYPE_AAAA, ttl, &address, sizeof(address));
}

static void add_numbered(struct answer *a, unsigned int number)
{
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), "2001:db8::%x", number);
	add_address(a, text, 60);
}

static void write_addresses(struct answer *a)
{
	char text[1024], *rest = text, *address;

	snprintf(text, sizeof(text), "%s", own_addresses);
	while ((address = strsep(&rest, ",")))
		add_address(a, address, 60);
}

static bool truncate_udp(struct answer *a)
{
	if (!a->tcp)
		a->packet[2] |= 2;
	return !a->tcp;
}

static void write_truncated(struct answer *a)
{
	unsigned int i;

	for (i = 0; !truncate_udp(a) && i < 40; i++)
		add_numbered(a, i / 2 + 1);
}

static void write_thousands(struct answer *a)
{
	unsigned int i;

	for (i = 0; !truncate_udp(a) && i < 2000; i++)
		add_numbered(a, i);
}

static void write_ttl(struct answer *a)
{
	add_address(a, "2001:db8::203", 0);
	add_address(a, "2001:db8::204", UINT32_MAX);
}

static void write_loop(struct answer *a)
{
	static const uint8_t other[] = "\4loop\4test";

	add_record(a, its_name, 2, TYPE_CNAME, 60, other, sizeof(other));
	add_record(a, other, sizeof(other), TYPE_CNAME, 60, its_name, 2);
}

static void write_chain(struct answer *a)
{
	uint8_t name[2][8] = {"\4c000", "\4c000"};
	unsigned int i;

	add_record(a, its_name, 2, TYPE_CNAME, 60, name[0], 6);
	for (i = 1; i < 200 && a->end < 4000; i++) {
		sprintf((char *)name[i % 2] + 1, "c%03u", i);
		add_record(a, name[(i + 1) % 2], 6, TYPE_CNAME, 60, name[i % 2], 6);
	}
}

static void write_other(struct answer *a)
{
	static const uint8_t other[] = "\4evil\4test";
	struct in6_addr address;

	inet_pton(AF_INET6, "2001:db8::203", &address);
	add_record(a, other, sizeof(other), TYPE_AAAA, 60, &address, sizeof(address));
}

static void write_good(struct answer *a)
{
	add_address(a, "2001:db8::203", 60);
}

static void write_wrong_id(struct answer *a)
{
	write_good(a);
	a->packet[0] ^= 0x55;
}

static void write_cut(struct answer *a)
{
	write_good(a);
	a->end -= 7;
}

static void write_pointer(struct answer *a)
{
	struct in6_addr address = {.s6_addr = {0x20}};
	uint8_t itself[] = {(uint8_t)(0xc0 | a->end >> 8), (uint8_t)a->end};

	add_record(a, itself, sizeof(itself), TYPE_AAAA, 60, &address, sizeof(address));
}

static void write_count(struct answer *a)
{
	write_good(a);
	a->count = 65535;
}

static void write_garbage(struct answer *a)
{
	unsigned int i;

	for (i = 2; i < 300; i++)
		a->packet[i] = (uint8_t)(i * 37 + asked);
	a->count = a->packet[6] << 8 | a->packet[7];
	a->end = 300;
}

static void write_empty(struct answer *a)
{
	a->end = 0;
}

static void write_nothing(struct answer *a)
{
	(void)a;
}

static void write_long(struct answer *a)
{
	truncate_udp(a);
}

enum { SILENT = 1, LOSSY, FLOOD, TARPIT };

static const struct mode {
	const char *name;
	void (*write)(struct answer *a);
	uint8_t rcode;
	uint8_t manner;
} modes[] = {
	{"silent", write_nothing, 0, SILENT},
	{"nodata", write_nothing, 0, 0},
	{"nxdomain", write_nothing, 3, 0},
	{"servfail", write_nothing, 2, 0},
	{"refused", write_nothing, 5, 0},
	{"lossy", write_nothing, 3, LOSSY},
	{"truncated", write_truncated, 0, 0},
	{"thousands", write_thousands, 0, 0},
	{"ttl", write_ttl, 0, 0},
	{"loop", write_loop, 0, 0},
	{"chain", write_chain, 0, 0},
	{"other", write_other, 0, 0},
	{"wrongid", write_wrong_id, 0, 0},
	{"cut", write_cut, 0, 0},
	{"pointer", write_pointer, 0, 0},
	{"count", write_count, 0, 0},
	{"garbage", write_garbage, 0, 0},
	{"empty", write_empty, 0, 0},
	{"flood", write_garbage, 0, FLOOD},
	{"tarpit", write_long, 0, TARPIT},
	{NULL, write_addresses, 0, 0},
};

/* Turn the query in @packet into the answer. Returns its length, -1 for none. */
static ssize_t answer(const struct mode *mode, uint8_t *packet, ssize_t size, bool tcp)
{
	struct answer a = {packet, HEADER, 0, tcp};

	if (size < HEADER || mode->manner == SILENT || (mode->manner == LOSSY && asked++ % 2))
		return -1;
	/* What follows the question's root label, type and class is EDNS, which we don't know */
	while (packet[a.end])
		a.end += packet[a.end] + 1U;
	a.end += 5;

	packet[2] = (uint8_t)(0x80 | (packet[2] & 1));
	packet[3] = (uint8_t)(0x80 | mode->rcode);
	memset(packet + 6, 0, 6);
	mode->write(&a);
	packet[6] = (uint8_t)(a.count >> 8);
	packet[7] = (uint8_t)a.count;
	return (ssize_t)a.end;
}

static void serve_udp(const struct mode *mode, int fd)
{
	struct sockaddr_in6 from;
	socklen_t from_len = sizeof(from);
	static uint8_t packet[ANSWER_MAX];
	ssize_t size = recvfrom(fd, packet, 512, 0, (struct sockaddr *)&from, &from_len);

	size = answer(mode, packet, size, false);
	if (size < 0)
		return;
	do
		sendto(fd, packet, (size_t)size, 0, (struct sockaddr *)&from, from_len);
	while (mode->manner == FLOOD);
}

/* trickle() - an answer of 65535 bytes to come, and then hardly any */
static void trickle(int fd)
{
	uint8_t byte = 0xff;

	send(fd, &byte, 1, MSG_NOSIGNAL);
	while (send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
		usleep(20000);
}

static void serve_tcp(const struct mode *mode, int listener)
{
	static uint8_t packet[2 + ANSWER_MAX];
	int fd = accept(listener, NULL, NULL);
	ssize_t len = answer(mode, packet + 2, recv(fd, packet, 514, 0) - 2, true);

	packet[0] = (uint8_t)(len >> 8);
	packet[1] = (uint8_t)len;
	if (mode->manner == TARPIT)
		trickle(fd);
	else if (len >= 0)
		send(fd, packet, (size_t)len + 2, MSG_NOSIGNAL);
	close(fd);
}

static const struct mode *find_mode(char *name)
{
	const struct mode *mode = modes;

	while (mode->name && strcmp(mode->name, name) != 0)
		mode++;
	own_addresses = name;
	return mode->name || strchr(name, ':') ? mode : NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	int udp = socket(AF_INET6, SOCK_DGRAM, 0), tcp = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
	struct pollfd fds[] = {{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};
	const struct mode *mode = argc == 3 ? find_mode(argv[2]) : NULL;
	pid_t pid;

	if (!mode || inet_pton(AF_INET6, argv[1], &address.sin6_addr) != 1 ||
	    bind(udp, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(tcp, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(tcp, 8) < 0) {
		perror("fakedns");
		return 1;
	}
	pid = fork();
	if (pid != 0)
		return pid < 0 || printf("%d\n", (int)pid) < 0;
	fclose(stdout);
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			serve_udp(mode, udp);
		if (fds[1].revents)
			serve_tcp(mode, tcp);
	}
	return 1;
}
