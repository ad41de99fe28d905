/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses this host assigns, without a look at anything. */
#include <inttypes.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "plan/provided.h"

static void put_bytes(uint8_t *to, uint64_t value, int size)
{
	int i;

	for (i = size - 1; i >= 0; i--, value >>= 8)
		to[i] = (uint8_t)value;
}

static void machine_prefix(const struct v6_host *host, struct v6_prefix *ret_prefix)
{
	memset(ret_prefix, 0, sizeof(*ret_prefix));
	ret_prefix->address.s6_addr[0] = 0xfd; /* RFC 4193 section 3.1 */
	put_bytes(&ret_prefix->address.s6_addr[1], host->machine, 5);
	ret_prefix->length = 48;
}

/* One on every bridge, as a bridge's own address is tentative for a second when it is
 * fresh, and does not follow when its MAC address changes with its ports; another one on each
 * machine, as bridges of several may be one link: fe80::7636:MM:MMMM:MMMM, 7636 being "v6"
 */
struct in6_addr v6_provided_gateway(const struct v6_host *host)
{
	struct in6_addr address = {.s6_addr = {0xfe, 0x80, [8] = 0x76, 0x36}};

	put_bytes(&address.s6_addr[11], host->machine, 5);
	return address;
}

bool v6_provided_is_gateway(const struct v6_host *host, const struct in6_addr *address)
{
	struct in6_addr ours;

	if (!IN6_IS_ADDR_LINKLOCAL(address))
		return false;
	ours = v6_provided_gateway(host);
	return v6_address_equal(address, &ours);
}

void v6_provided_prefix(const struct v6_host *host, struct v6_prefix *ret_prefix)
{
	if (host->config.provide.length > 0)
		*ret_prefix = host->config.provide;
	else
		machine_prefix(host, ret_prefix);
}

void v6_provided_subnet(const struct v6_host *host, int via, struct v6_prefix *ret_prefix)
{
	v6_provided_prefix(host, ret_prefix);
	put_bytes(&ret_prefix->address.s6_addr[6], (uint64_t)via, 2);
	ret_prefix->length = 64;
}

void v6_provide_choose(const struct v6_host *host, const struct v6_record *record, uint64_t cookie,
		       struct v6_destination *d)
{
	struct v6_line key = v6_line("%s", record->id);

	if (cookie)
		key = v6_line("%" PRIu64 " %" PRIu64 " %d", record->netns, cookie, d->link);
	v6_provided_subnet(host, d->via, &d->subnet);
	d->address = d->subnet.address;
	put_bytes(&d->address.s6_addr[8], v6_text_hash(key.s, strlen(key.s)), 8);
	d->provided = true;
}
