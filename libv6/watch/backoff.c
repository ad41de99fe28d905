/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decide how long v6d waits before it repairs again what keeps being removed. */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "watch/backoff.h"

static size_t hash_address(const struct in6_addr *address)
{
	size_t i, h = 0;

	for (i = 0; i < sizeof(address->s6_addr); i++)
		h = h * 31 + address->s6_addr[i];
	return h % V6_ARRAY_SIZE(((struct v6_backoff *)0)->slots);
}

int64_t v6_backoff_due(const struct v6_backoff *backoff, const struct in6_addr *address,
		       int64_t now)
{
	const struct v6_backoff_slot *slot = &backoff->slots[hash_address(address)];

	if (!v6_address_equal(&slot->address, address) || slot->until < now)
		return now;
	return slot->until;
}

bool v6_backoff_note(struct v6_backoff *backoff, const struct in6_addr *address, int64_t now)
{
	struct v6_backoff_slot *slot = &backoff->slots[hash_address(address)];

	/* a pause is forgotten when as long again has passed in peace */
	if (!v6_address_equal(&slot->address, address) ||
	    now - slot->since > V6_BACKOFF_WINDOW_MS + 2 * (int64_t)slot->pause_ms)
		*slot = (struct v6_backoff_slot){.address = *address, .since = now};
	if (++slot->n < V6_BACKOFF_BURST && slot->pause_ms == 0)
		return false;
	slot->pause_ms = slot->pause_ms ? 2 * slot->pause_ms : V6_BACKOFF_PAUSE_MS;
	if (slot->pause_ms > V6_BACKOFF_PAUSE_MAX_MS)
		slot->pause_ms = V6_BACKOFF_PAUSE_MAX_MS;
	slot->since = now;
	slot->n = 0;
	slot->until = now + slot->pause_ms;
	return true;
}

int64_t v6_backoff_rest(int64_t began, int64_t ended)
{
	return ended + 4 * (ended - began);
}
