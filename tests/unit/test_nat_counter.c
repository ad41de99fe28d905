/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What elements have counted is read with them. */
#include <sys/socket.h>

#include "nat.h"

#define UNCLAIMED 9

/* open_udp() - a socket, bound where @port is not 0 */
static int open_udp(const struct in6_addr *address, uint16_t port)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	name.sin6_addr = *address;
	assert_true(fd >= 0);
	if (port)
		assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* await_address() - until what is sent there arrives: the kernel makes the local route to an
 * address in the background
 */
static void await_address(const struct in6_addr *address)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6};
	struct timeval patience = {.tv_usec = 10000};
	auto_fd int fd = open_udp(address, UNCLAIMED);
	int tries = 0;
	char what;

	name.sin6_addr = *address;
	name.sin6_port = htons(UNCLAIMED);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	do {
		assert_true(tries++ < 1000);
		sendto(fd, "", 1, 0, (struct sockaddr *)&name, sizeof(name));
	} while (recv(fd, &what, 1, 0) != 1);
}

/* say() - @n datagrams to a claim, over one socket, which is one connection: each is waited for, as
 * one that is sent before the first has arrived counts as another
 */
static void say(const struct v6_nat_op *claim, int n)
{
	struct sockaddr_in6 name = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(claim->claim.port),
		.sin6_addr = claim->claim.address,
	};
	auto_fd int there = open_udp(&claim->target.address, claim->target.port);
	auto_fd int here = open_udp(&in6addr_any, 0);
	struct timeval patience = {.tv_sec = 10};
	char what;

	assert_int_equal(setsockopt(there, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
			 0);
	while (n-- > 0) {
		assert_int_equal(sendto(here, "", 1, 0, (struct sockaddr *)&name, sizeof(name)), 1);
		assert_int_equal(recv(there, &what, 1, 0), 1);
	}
}

static void connections_are_counted(void **state)
{
	struct v6_nat_op op = claim(53);
	struct v6_holder holder;

	(void)state;
	make_table();
	op.claim.protocol = IPPROTO_UDP;
	commit(&op, 1);
	if (system("ip link set dev lo up && ip -6 addr add 2001:db8::203/128 dev lo nodad &&"
		   "ip -6 addr add fd42::11/128 dev lo nodad") != 0)
		skip();
	await_address(&op.claim.address);
	await_address(&op.target.address);
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &op.claim, &holder), 0);
	assert_int_equal(holder.counter.packets, 0);
	say(&op, 3);
	say(&op, 1);
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &op.claim, &holder), 0);
	assert_int_equal(holder.counter.packets, 2);
	assert_int_equal(holder.counter.bytes, 2 * (40 + 8 + 1)); /* with the headers */
}

static void what_is_made_again_begins_with_its_counter(void **state)
{
	const enum v6_nat_set maps[] = {V6_NAT_SERVICES, V6_NAT_RANGES, V6_NAT_WHOLE};
	struct v6_holder holder;
	struct v6_nat_op op;
	size_t i;

	(void)state;
	make_table();
	for (i = 0; i < V6_ARRAY_SIZE(maps); i++) {
		op = claim(5000);
		op.set = maps[i];
		op.claim.more = op.set == V6_NAT_RANGES ? 2000 : 0;
		op.counter = (struct v6_counter){.packets = 7, .bytes = 700};
		commit(&op, 1);
		assert_int_equal(v6_nat_holder(&nl, op.set, &op.claim, &holder), 0);
		assert_int_equal(holder.counter.packets, 7);
		assert_int_equal(holder.counter.bytes, 700);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_are_counted),
		cmocka_unit_test(what_is_made_again_begins_with_its_counter),
	};

	return cmocka_run_group_tests(tests, make_namespace, leave_namespace);
}
