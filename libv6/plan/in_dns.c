/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which entries of DNS a service stands for, by the configuration and by how it is now. */
#include <string.h>

#include "base/address.h"
#include "names/pool.h"
#include "plan/in_dns.h"
#include "policy/subject.h"

/* is_up() - whether clients are to come */
static bool is_up(const struct v6_record *record, const struct v6_service *service)
{
	return !record->destination.pending && !service->absent &&
	       (record->share.mode == V6_SHARE_NONE ||
		(record->share.ready && !record->share.drained));
}

size_t v6_in_dns(const struct v6_host *host, const struct v6_record *record,
		 const struct v6_service *service, struct v6_dns_note *ret_list)
{
	const struct v6_publish_dns *dns = &host->config.publish_dns;
	struct v6_dns_note *reverse = &ret_list[1];
	struct v6_dns_name name;

	if (!dns->names || !is_up(record, service) ||
	    !v6_pool_has(&host->config.pool, service->name, &service->address) ||
	    !v6_globs_match(dns->names, service->name) ||
	    !v6_dns_name_in(service->name, dns->place.zone, &name))
		return 0;
	ret_list[0] =
		(struct v6_dns_note){.place = dns->place, .entry = {.address = service->address}};
	memcpy(ret_list[0].entry.name, name.s, sizeof(name.s));
	if (dns->reverse.length == 0 || !v6_prefix_contains(&dns->reverse, &service->address))
		return 1;
	*reverse = ret_list[0];
	reverse->entry.reverse = true;
	name = v6_dns_reverse_name(&dns->reverse.address, dns->reverse.length);
	memcpy(reverse->place.zone, name.s, sizeof(name.s));
	return 2;
}
