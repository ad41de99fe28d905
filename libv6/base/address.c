/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read and print IPv6 addresses and prefixes, and names of protocols. */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"

static const struct protocol {
	const char *name;
	uint8_t number;
} protocols[] = {
	{"tcp", IPPROTO_TCP},
	{"udp", IPPROTO_UDP},
	{"sctp", IPPROTO_SCTP},
};

struct v6_text v6_address_text(const struct in6_addr *address)
{
	struct v6_text text;

	inet_ntop(AF_INET6, address, text.s, sizeof(text.s));
	return text;
}

int v6_address_parse(const char *text, struct in6_addr *ret_address)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1)
		return -EINVAL;

	*ret_address = address;
	return 0;
}

int v6_prefix_parse(const char *text, struct v6_prefix *ret_prefix)
{
	const char *slash = strchrnul(text, '/'), *p = slash + 1;
	size_t size = (size_t)(slash - text);
	char address[INET6_ADDRSTRLEN];
	struct v6_prefix prefix;
	unsigned int length = 128;

	if (size >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, size);
	address[size] = '\0';
	if (v6_address_parse(address, &prefix.address) < 0)
		return -EINVAL;
	if (*slash && (v6_text_number(&p, 0, 128, &length) < 0 || *p))
		return -EINVAL;

	prefix.length = (uint8_t)length;
	*ret_prefix = v6_prefix_mask(prefix);
	return 0;
}

bool v6_address_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool v6_address_is_in(const struct in6_addr *list, size_t n, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v6_address_equal(&list[i], address))
			return true;
	return false;
}

bool v6_address_is_global(const struct in6_addr *address)
{
	uint8_t first = address->s6_addr[0];

	/* 2000::/3 (RFC 4291 section 2.4, as IANA allots it) and fc00::/7 (RFC 4193) */
	return (first & 0xe0) == 0x20 || (first & 0xfe) == 0xfc;
}

bool v6_prefix_contains(const struct v6_prefix *prefix, const struct in6_addr *address)
{
	struct v6_prefix other = {*address, prefix->length};
	struct v6_prefix a = v6_prefix_mask(*prefix), b = v6_prefix_mask(other);

	return v6_address_equal(&a.address, &b.address);
}

struct v6_prefix v6_prefix_mask(struct v6_prefix prefix)
{
	unsigned int i, bits;

	for (i = 0; i < sizeof(prefix.address.s6_addr); i++) {
		bits = prefix.length > i * 8 ? prefix.length - i * 8 : 0;
		if (bits < 8)
			prefix.address.s6_addr[i] &= (uint8_t)(0xff00 >> bits);
	}
	return prefix;
}

int v6_protocol_parse(const char *name, uint8_t *ret_protocol)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(protocols); i++) {
		if (strcmp(name, protocols[i].name) == 0) {
			*ret_protocol = protocols[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

const char *v6_protocol_name(uint8_t protocol)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return "?";
}
