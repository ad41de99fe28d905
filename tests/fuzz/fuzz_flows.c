/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows, as conntrack lists them: whatever is listed, only flows of our claims are deleted. */
#include <errno.h>

#include "table/flows.h"
#include "reply.h"

/* __wrap_v6_nl_close() - the socket is the next input's, too */
void __wrap_v6_nl_close(struct v6_nl *nl);
void __wrap_v6_nl_close(struct v6_nl *nl)
{
	nl->socket = NULL;
}

static int find_target(const struct v6_claim *claim, const struct v6_target *led,
		       struct v6_target *ret_target, void *data)
{
	const uint8_t *kind = data;

	(void)led;
	if (*kind & 8)
		return *kind & 16 ? -ENOENT : -EIO;
	*ret_target = (struct v6_target){claim->address, claim->port};
	return 0;
}

static int leaves(const struct v6_ended *ended, void *data)
{
	const uint8_t *kind = data;

	return *kind & 8 ? ended->claim.port & 1 : -EIO;
}

static int limits(const struct v6_claim *claim, void *data)
{
	const uint8_t *kind = data;

	return *kind & 1 && claim->port & 1;
}

static int admits(const struct v6_claim *claim, const struct in6_addr *client, void *data)
{
	(void)data;
	must(claim->port & 1);
	return client->s6_addr[15] & 1;
}

static int is_held(const struct in6_addr *target, void *data)
{
	const uint8_t *kind = data;

	return *kind & 4 ? target->s6_addr[15] & 1 : -EIO;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct in6_addr service = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [14] = 2, [15] = 3}};
	struct in6_addr target = {.s6_addr = {0xfd, 0x42, [15] = 0x0a}};
	struct fuzz_input input = {data, size};
	uint8_t kind = fuzz_byte(&input);
	struct v6_ended claims[] = {
		{.set = V6_NAT_SERVICES,
		 .claim = {service, 80, IPPROTO_TCP, 0, 0},
		 .target = {target, 8080},
		 .any = kind & 1},
		{.set = V6_NAT_RANGES,
		 .claim = {service, 5000, IPPROTO_UDP, 2000, 0},
		 .target = {target, 0}},
		{.set = V6_NAT_WHOLE,
		 .claim = {.address = service},
		 .target = {target, 0},
		 .any = kind & 2},
	};
	const struct v6_flows_look look = {find_target, leaves, limits, admits, is_held, &kind};
	struct v6_nl *nl = reply_begin(input);
	struct v6_flows flows = {.dump = *nl};
	size_t i;
	int more;

	for (i = 0; i < 1U + (kind >> 5) % 3; i++)
		must(v6_flows_note(&flows, &claims[i]) == 0);
	more = v6_flows_begin(&flows);
	must(more == 0);
	do {
		more = v6_flows_step(&flows, nl, &look);
		reply_end();
	} while (more > 0);
	must(flows.n <= size / sizeof(struct nlmsghdr));
	v6_flows_release(&flows);
	return 0;
}
