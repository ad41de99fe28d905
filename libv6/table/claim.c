/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims: compared, and named in messages. */
#include <stdio.h>

#include "base/address.h"
#include "table/claim.h"

struct v6_claim_text v6_claim_text(const struct v6_claim *claim)
{
	struct v6_text address = v6_address_text(&claim->address);
	const char *protocol = v6_protocol_name(claim->protocol);
	struct v6_claim_text text;

	if (claim->protocol == 0)
		snprintf(text.s, sizeof(text.s), "all of %s", address.s);
	else if (claim->more == 0)
		snprintf(text.s, sizeof(text.s), "%s port %u/%s", address.s, claim->port, protocol);
	else
		snprintf(text.s, sizeof(text.s), "%s ports %u-%u/%s", address.s, claim->port,
			 claim->port + (unsigned int)claim->more, protocol);
	return text;
}

bool v6_claim_equal(const struct v6_claim *a, const struct v6_claim *b)
{
	return a->port == b->port && a->more == b->more && a->protocol == b->protocol &&
	       v6_address_equal(&a->address, &b->address);
}

bool v6_same_target(const struct v6_target *a, const struct v6_target *b)
{
	return a->port == b->port && v6_address_equal(&a->address, &b->address);
}
