/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service publishes and where it leads, as values. */
#ifndef V6_TABLE_CLAIM_H
#define V6_TABLE_CLAIM_H

#include <stdbool.h>

#include <libv6/oci.h>

/**
 * struct v6_claim - Ports of a service address that lead somewhere together; host order
 * @more:	Ports beyond @port: 0 but for a range
 * @protocol:	IPPROTO_*; 0 for the whole address, where ports mean nothing
 * @slot:	Of V6_NAT_SHARED: which clients are meant, by their own port; below V6_SLOTS. It is
 *no part of what is claimed
 */
struct v6_claim {
	struct in6_addr address;
	uint16_t port;
	uint8_t protocol;
	uint16_t more;
	uint8_t slot;
};

/* struct v6_target - where in a container a claim leads; host order; the port is 0 where it stays
 * the client's: for ranges and whole addresses
 */
struct v6_target {
	struct in6_addr address;
	uint16_t port;
};

/* struct v6_claim_text - a claim as a message names it, by value, as an argument of printf() */
struct v6_claim_text {
	char s[sizeof("all of ports 65535-65535/sctp") + INET6_ADDRSTRLEN];
};

/* v6_claim_text() - `ADDRESS port 80/tcp`, `ADDRESS ports 5000-9999/udp` or `all of ADDRESS` */
struct v6_claim_text v6_claim_text(const struct v6_claim *claim);

/* v6_claim_equal() - whether two claims are the same */
bool v6_claim_equal(const struct v6_claim *a, const struct v6_claim *b);

/* v6_same_target() - whether two targets are one */
bool v6_same_target(const struct v6_target *a, const struct v6_target *b);

#endif
