/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of DNS: the names that they have in a zone, and those of addresses. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "names/dns_entry.h"

bool v6_dns_entry_equal(const struct v6_dns_entry *a, const struct v6_dns_entry *b)
{
	return a->reverse == b->reverse && v6_address_equal(&a->address, &b->address) &&
	       strcmp(a->name, b->name) == 0;
}

struct v6_dns_name v6_dns_reverse_name(const struct in6_addr *address, unsigned int length)
{
	static const char digits[] = "0123456789abcdef";
	struct v6_dns_name name;
	unsigned int i, nibble;
	size_t used = 0;

	for (i = length / 4; i-- > 0;) {
		nibble = i % 2 ? address->s6_addr[i / 2] & 0xf : address->s6_addr[i / 2] >> 4;
		name.s[used++] = digits[nibble];
		name.s[used++] = '.';
	}
	strcpy(name.s + used, "ip6.arpa");
	return name;
}

struct v6_dns_name v6_dns_owner(const struct v6_dns_entry *entry)
{
	struct v6_dns_name name;

	if (entry->reverse)
		return v6_dns_reverse_name(&entry->address, 128);
	memcpy(name.s, entry->name, sizeof(name.s));
	return name;
}

bool v6_dns_name_in(const char *service, const char *zone, struct v6_dns_name *ret_name)
{
	size_t size = strlen(service), below = strlen(zone), i;
	struct v6_dns_name name;
	int n;

	if (size > 0 && service[size - 1] == '.')
		size--;
	else if (!strchr(service, '.'))
		below = 0;
	n = snprintf(name.s, sizeof(name.s), "%.*s%s%s", (int)size, service, below ? "" : ".",
		     below ? "" : zone);
	if (n < 0 || n >= V6_NAME_MAX)
		return false;
	for (i = 0; name.s[i]; i++)
		name.s[i] = (char)tolower((unsigned char)name.s[i]);
	if (below && (size < below + 2 || name.s[size - below - 1] != '.' ||
		      strcmp(name.s + size - below, zone) != 0))
		return false;
	*ret_name = name;
	return true;
}
