/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "watch/pace.h"

static size_t slot_of(const struct in6_addr *address)
{
	size_t i, h = 0;

	for (i = 0; i < sizeof(address->s6_addr); i++)
		h = h * 31 + address->s6_addr[i];
	return h % V6_ARRAY_SIZE(((struct v6_pace *)0)->slots);
}

int64_t v6_pace_due(const struct v6_pace *pace, const struct in6_addr *address, int64_t now)
{
	const struct v6_paced *paced = &pace->slots[slot_of(address)];

	if (!v6_address_equal(&paced->address, address) || paced->until < now)
		return now;
	return paced->until;
}

bool v6_pace_note(struct v6_pace *pace, const struct in6_addr *address, int64_t now)
{
	struct v6_paced *paced = &pace->slots[slot_of(address)];

	/* a pause is forgotten when as long again has passed in peace */
	if (!v6_address_equal(&paced->address, address) ||
	    now - paced->since > V6_PACE_WINDOW_MS + 2 * (int64_t)paced->pause_ms)
		*paced = (struct v6_paced){.address = *address, .since = now};
	if (++paced->n < V6_PACE_BURST && paced->pause_ms == 0)
		return false;
	paced->pause_ms = paced->pause_ms ? 2 * paced->pause_ms : V6_PACE_PAUSE_MS;
	if (paced->pause_ms > V6_PACE_PAUSE_MAX_MS)
		paced->pause_ms = V6_PACE_PAUSE_MAX_MS;
	paced->since = now;
	paced->n = 0;
	paced->until = now + paced->pause_ms;
	return true;
}

int64_t v6_pace_rest(int64_t began, int64_t ended)
{
	return ended + 4 * (ended - began);
}
