/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DNS servers did, told event by event: two bytes each, of which the first chooses the event
 * and the server; an answer has a piece behind it. And, as the last piece, a name to be looked up.
 */
#include <errno.h>
#include <sys/socket.h>

#include <libv6/names.h>

#include "names/servers.h"
#include "fuzz.h"

static const int errors[] = {ECONNREFUSED, ENETUNREACH, EAGAIN, EINTR, EINPROGRESS, EHOSTUNREACH};

static void connect_to(struct v6_servers *servers, uint8_t which, uint8_t how)
{
	union v6_server_address address = {.in6 = {.sin6_family = AF_INET6}};
	socklen_t size = sizeof(address.in6);

	address.in6.sin6_addr.s6_addr[15] = which;
	address.in6.sin6_port = htons(53);
	if (how & 1) {
		address.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(53)};
		address.in.sin_addr.s_addr = htonl(0x7f000000U + which);
		size = sizeof(address.in);
	}
	v6_server_connecting(servers, &address.any, size, which, how & 2);
}

static void tell_event(struct v6_servers *servers, struct fuzz_input *input)
{
	uint8_t kind = fuzz_byte(input), how = fuzz_byte(input), which = kind >> 3;
	struct v6_server *server = v6_server_by_fd(servers, which);
	struct fuzz_input piece;

	switch (kind & 3) {
	case 0:
		connect_to(servers, which, how);
		break;
	case 1:
		errno = errors[how % V6_ARRAY_SIZE(errors)];
		v6_server_error(server);
		break;
	case 2:
		piece = fuzz_piece(input);
		if (server && piece.size > 0)
			v6_server_answer(servers, server, piece.data, piece.size);
		break;
	default:
		if (server)
			v6_server_is_outdone(servers, server);
	}
}

static void check_servers(const struct v6_servers *servers)
{
	struct v6_servers_text text = v6_servers_describe(servers);
	char name[INET6_ADDRSTRLEN] = "";
	size_t n = 0;
	int verdict;

	for (verdict = V6_SERVER_UNASKED; verdict <= V6_SERVER_UNREACHABLE; verdict++)
		n += v6_servers_count(servers, (enum v6_verdict)verdict);
	must(n == servers->n && n <= V6_SERVERS_MAX && servers->answered <= n);
	must(strnlen(text.s, sizeof(text.s)) < sizeof(text.s) && fuzz_is_harmless(text.s));
	if (v6_servers_source(servers, name))
		must(*name && strnlen(name, sizeof(name)) < sizeof(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_servers servers = {.n = 0};
	struct fuzz_input input = {data, size};

	while (input.size > 0)
		tell_event(&servers, &input);
	check_servers(&servers);
	return 0;
}
