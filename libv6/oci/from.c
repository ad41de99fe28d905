/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v6.from: `2001:db8::/32 2001:db9::1`, the clients that may connect. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "oci/from.h"

/* Well above the longest prefix, so that a wrong one is quoted as it is. */
#define ITEM_SIZE 128

/* is_ipv4() - whether it is an address or a prefix of IPv4, also as IPv6 writes one */
static bool is_ipv4(const char *text)
{
	char address[ITEM_SIZE];
	struct in6_addr mapped;
	struct in_addr ipv4;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"), text);
	return inet_pton(AF_INET, address, &ipv4) == 1 ||
	       (v6_address_parse(address, &mapped) == 0 && IN6_IS_ADDR_V4MAPPED(&mapped));
}

int v6_client_parse(const char *text, struct v6_prefix *ret_prefix, struct v6_error *err)
{
	char address[ITEM_SIZE];
	struct in6_addr whole;
	struct v6_prefix prefix;

	if (is_ipv4(text))
		return v6_fail(
			err, -EINVAL,
			"\"%s\" is IPv4, by which no client of a service comes; write IPv6 prefixes such as 2001:db8::/32",
			V6_SHOWN(text));
	if (v6_prefix_parse(text, &prefix) < 0)
		return v6_fail(
			err, -EINVAL,
			"\"%s\": not an IPv6 prefix or address; write it like 2001:db8::/32 or 2001:db8::1",
			V6_SHOWN(text));
	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "/"), text);
	if (v6_address_parse(address, &whole) < 0 || !v6_address_equal(&whole, &prefix.address))
		return v6_fail(err, -EINVAL,
			       "\"%s\": bits beyond the prefix length are set; write %s or %s",
			       V6_SHOWN(text), v6_prefix_text(&prefix).s, address);
	*ret_prefix = prefix;
	return 0;
}

int v6_from_parse(const char *text, struct v6_prefixes *ret_from, struct v6_error *err)
{
	const char *cursor = text;
	struct v6_prefix prefix;
	char item[ITEM_SIZE];
	size_t n = 0;
	int ret = 0;

	while (cursor && ret == 0) {
		ret = v6_text_item(&cursor, item, sizeof(item));
		if (ret == -EINVAL)
			return v6_fail(err, ret, "\"%s\": a prefix is missing", V6_SHOWN(text));
		if (ret < 0)
			return v6_client_parse(cursor, &prefix, err);
		if (n++ == V6_FROM_MAX)
			return v6_fail(err, -EINVAL,
				       "\"%s\": more than %d prefixes; write wider ones",
				       V6_SHOWN(item), V6_FROM_MAX);
		ret = v6_client_parse(item, &prefix, err);
		if (ret == 0 && v6_prefixes_append(ret_from, &prefix) < 0)
			return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	}
	if (ret == 0)
		v6_prefixes_merge(ret_from);
	return ret;
}
