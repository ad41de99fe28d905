/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows, as conntrack lists them: whatever is listed, only flows of our claims are deleted. */
#include "table/flows.h"
#include "reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct in6_addr service = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [14] = 2, [15] = 3}};
	struct v6_claim claims[] = {
		{.address = service, .port = 80, .protocol = IPPROTO_TCP},
		{.address = service, .port = 5000, .protocol = IPPROTO_UDP, .more = 2000},
	};
	struct in6_addr target = {.s6_addr = {0xfd, 0x42, [15] = 0x0a}};
	struct fuzz_input input = {data, size};
	uint8_t kind = fuzz_byte(&input);
	struct v6_error err = {0};
	size_t n = 0;

	if (kind & 1)
		target = in6addr_any;
	if (kind & 2)
		claims[0].protocol = 0;
	fuzz_check(v6_flows_end(reply_begin(input), claims, 1 + !(kind & 4), &target, &n, &err),
		   &err);
	reply_end();
	must(n <= size / sizeof(struct nlmsghdr));
	return 0;
}
