/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which entries of DNS a service stands for. */
#ifndef V6_PLAN_IN_DNS_H
#define V6_PLAN_IN_DNS_H

#include "store/dns_notes.h"
#include "store/host.h"

/* Entries of one service: AAAA, and PTR */
#define V6_IN_DNS_MAX 2

/**
 * v6_in_dns() - List the entries that a service is to have in DNS
 * @host:	With its configuration
 * @record:	Whose service it is
 * @service:	One of its services
 * @ret_list:	Room for V6_IN_DNS_MAX
 *
 * One has any while clients can reach it, if its address is from the pool and the configuration
 * publishes its name, which is in the zone. Of containers that share, those count that are ready,
 * and not drained.
 *
 * Return: their number
 */
size_t v6_in_dns(const struct v6_host *host, const struct v6_record *record,
		 const struct v6_service *service, struct v6_dns_note *ret_list);

#endif
