/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table in a network namespace of the test's own; without the right to have one it is skipped.
 */
#ifndef TESTS_UNIT_NAT_H
#define TESTS_UNIT_NAT_H

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/nat.h"
#include "table/table.h"

static struct v6_nl nl;

static inline int make_namespace(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) == 0)
		return v6_nl_open(NETLINK_NETFILTER, &nl, NULL);
	return errno == EPERM ? 0 : -1;
}

static inline int leave_namespace(void **state)
{
	(void)state;
	v6_nl_close(&nl);
	return 0;
}

static inline struct in6_addr address(const char *text)
{
	struct in6_addr value;

	assert_int_equal(v6_address_parse(text, &value), 0);
	return value;
}

/* make_table() - without elements; for the beginning of a test, which it may skip */
static inline void make_table(void)
{
	struct v6_prefix provided = {address("fd00::"), 48};
	struct v6_error err;

	if (!nl.socket)
		skip();
	if (v6_nat_create(&nl, &provided, NULL, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

/* claim() - the operation that leads port @port of 2001:db8::203 to port 8080 of fd42::11 */
static inline struct v6_nat_op claim(uint16_t port)
{
	return (struct v6_nat_op){
		.set = V6_NAT_SERVICES,
		.exclusive = true,
		.claim = {address("2001:db8::203"), port, IPPROTO_TCP, 0, 0},
		.target = {address("fd42::11"), 8080},
		.name = "web3",
		.owner = "3f2a91c04b77",
	};
}

static inline struct v6_nat_op guard(const char *text)
{
	return (struct v6_nat_op){.set = V6_NAT_ADDRESSES, .claim.address = address(text)};
}

static inline struct v6_nat_op hairpin(const char *text, uint8_t length)
{
	return (struct v6_nat_op){.set = V6_NAT_HAIRPIN, .prefix = {address(text), length}};
}

/* sender(), source() - of a container that was assigned fd00::1, behind cni0 */
static inline struct v6_nat_op sender(void)
{
	return (struct v6_nat_op){
		.set = V6_NAT_SENDERS,
		.claim.address = address("fd00::1"),
		.link = "cni0",
		.mac = {2, 0, 0, 0, 0, 1},
	};
}

static inline struct v6_nat_op source(void)
{
	struct v6_nat_op op = sender();

	op.set = V6_NAT_SOURCES;
	op.link[0] = '\0';
	return op;
}

static inline struct v6_nat_op removal(struct v6_nat_op op)
{
	op.remove = true;
	return op;
}

static inline void commit(struct v6_nat_op *ops, size_t n)
{
	struct v6_error err;

	if (v6_nat_commit(&nl, ops, n, &err) < 0)
		fail_msg("%s", err.text);
}

static inline int add_one(const struct v6_nat_op *element, void *data)
{
	(void)element;
	(*(size_t *)data)++;
	return 0;
}

static inline size_t count_elements(enum v6_nat_set set)
{
	size_t n = 0;

	assert_int_equal(v6_nat_each(&nl, set, add_one, &n, NULL), 0);
	return n;
}

/* expect_elements() - that a set holds @n. Its hash table grows in the background after many were
 * added, and a dump meanwhile misses some and repeats others: it has to become right soon
 */
static inline void expect_elements(enum v6_nat_set set, size_t n)
{
	int tries;

	for (tries = 0; tries < 200 && count_elements(set) != n; tries++)
		usleep(10000);
	assert_int_equal(count_elements(set), n);
}

static inline bool run_nft(const char *arguments)
{
	char command[512];

	snprintf(command, sizeof(command), "nft '%s' >&2", arguments);
	return system(command) == 0;
}

/* need_nft() - skip the test where there is no nft */
static inline void need_nft(void)
{
	if (system("command -v nft >/dev/null") != 0)
		skip();
}

#endif
