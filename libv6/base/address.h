/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 addresses, prefixes and protocol names as values and as text. */
#ifndef V6_BASE_ADDRESS_H
#define V6_BASE_ADDRESS_H

#include <stdbool.h>

#include <arpa/inet.h>

#include <libv6/base.h>

/* struct v6_text - an address as text, by value, so that it can be an argument of printf() */
struct v6_text {
	char s[INET6_ADDRSTRLEN];
};

/* v6_address_text() - RFC 5952 text of an address; V6_TEXT(&a) is its string for one statement */
struct v6_text v6_address_text(const struct in6_addr *address);
#define V6_TEXT(address) (v6_address_text(address).s)

/**
 * v6_address_parse() - Read an IPv6 literal
 * @text:	NUL-terminated; the whole of it must be the address, brackets and zones are refused
 * @ret_address: Set on success
 *
 * Return: 0 or -EINVAL
 */
int v6_address_parse(const char *text, struct in6_addr *ret_address);

/* v6_address_equal() - whether two addresses are the same */
bool v6_address_equal(const struct in6_addr *a, const struct in6_addr *b);

/* v6_address_is_in() - whether a list of @n addresses has one */
bool v6_address_is_in(const struct in6_addr *list, size_t n, const struct in6_addr *address);

/* v6_address_is_global() - whether it is global or unique-local unicast (RFC 4291, 4193), which is
 * what a service address or a container's target may be; not v4-mapped, not documentation-aware
 */
bool v6_address_is_global(const struct in6_addr *address);

/**
 * v6_prefix_parse() - Read an IPv6 prefix
 * @text:	NUL-terminated `ADDRESS/LENGTH`; an address alone is its own prefix, of length 128
 * @ret_prefix:	Set on success; bits after the length are cleared
 *
 * Return: 0 or -EINVAL
 */
int v6_prefix_parse(const char *text, struct v6_prefix *ret_prefix);

/* v6_prefix_contains() - whether @address lies in @prefix */
bool v6_prefix_contains(const struct v6_prefix *prefix, const struct in6_addr *address);

/* v6_prefix_mask() - @prefix with the bits after its length cleared */
struct v6_prefix v6_prefix_mask(struct v6_prefix prefix);

/**
 * v6_protocol_parse() - Read a transport protocol's name
 * @name:	"tcp", "udp", "sctp"; lower case
 * @ret_protocol: IPPROTO_*, set on success
 *
 * Return: 0 or -EINVAL
 */
int v6_protocol_parse(const char *name, uint8_t *ret_protocol);

#endif
