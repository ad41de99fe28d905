/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of a service in DNS: a name with its address, or the reverse. */
#ifndef V6_NAMES_DNS_ENTRY_H
#define V6_NAMES_DNS_ENTRY_H

#include <stdbool.h>

#include <libv6/base.h>

/**
 * struct v6_dns_entry - That a name has an address, or the reverse
 * @name:	In small letters, without a dot at its end
 * @reverse:	It is the PTR record of @address with @name, else the AAAA record of @name
 */
struct v6_dns_entry {
	char name[V6_NAME_MAX + 1];
	struct in6_addr address;
	bool reverse;
};

bool v6_dns_entry_equal(const struct v6_dns_entry *a, const struct v6_dns_entry *b);

/* struct v6_dns_name - a name as text, by value, so that it can be an argument of printf() */
struct v6_dns_name {
	char s[V6_NAME_MAX + 1];
};

/* v6_dns_reverse_name() - the name of the first @length bits of an address, a multiple of 4, below
 * ip6.arpa (RFC 3596 section 2.5)
 */
struct v6_dns_name v6_dns_reverse_name(const struct in6_addr *address, unsigned int length);

/* v6_dns_owner() - the name below which the server has an entry */
struct v6_dns_name v6_dns_owner(const struct v6_dns_entry *entry);

/**
 * v6_dns_name_in() - The name that a service has in a zone
 * @service:	As in v6.host: a name below the zone, or one without dots
 * @zone:	In small letters, without a dot at its end
 * @ret_name:	In small letters, without a dot at its end
 *
 * Return: whether it has one
 */
bool v6_dns_name_in(const char *service, const char *zone, struct v6_dns_name *ret_name);

#endif
