/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names to addresses, as this host's own configuration says. */
#ifndef LIBV6_NAMES_H
#define LIBV6_NAMES_H

#include <stdbool.h>

#include <libv6/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Addresses of one name that are returned; a DNS answer may have more, in no useful order. */
#define V6_NAMES_ADDRESSES_MAX 16
/* Attempts for each DNS server, and as many as are of use where nothing is said. */
#define V6_NAMES_TRIES_MAX 5
#define V6_NAMES_TRIES	   3

/* enum v6_names_origin - where addresses of a name come from */
enum v6_names_origin {
	V6_NAMES_LITERAL, /* the name is an address itself */
	V6_NAMES_HOSTS,	  /* /etc/hosts */
	V6_NAMES_DNS,
	V6_NAMES_KNOWN, /* the last known answer, as DNS is down */
	V6_NAMES_POOL,	/* the pool of the configuration, as the name has no IPv6 address */
};

/* v6_names_origin_name() - "literal", "hosts", "dns", "known" or "pool" */
const char *v6_names_origin_name(enum v6_names_origin origin);

/**
 * struct v6_names_source - Who said what a name resolves to
 * @origin:	See there
 * @server:	Of DNS, the server that answered, as text; else ""
 * @age:	Of the last known answer, seconds since it was confirmed; else 0
 * @ttl:	Of DNS, for how many seconds the answer holds; else 0
 */
struct v6_names_source {
	enum v6_names_origin origin;
	char server[INET6_ADDRSTRLEN];
	int64_t age;
	int ttl;
};

/**
 * v6_names_resolve() - IPv6 addresses of a service name
 * @name:	DNS name or IPv6 literal; a literal is answered without asking anybody
 * @timeout_ms:	Budget for the whole look-up, all servers, search domains and retries together
 * @tries:	Attempts for each server, 1..V6_NAMES_TRIES_MAX
 * @ret_addresses: Room for V6_NAMES_ADDRESSES_MAX; as they were answered, without duplicates
 * @ret_n:	Their number, at least 1
 * @ret_source:	NULL, or who said so
 * @err:	NULL, or filled in on failure only: "name: cause; what to do"
 *
 * Follows /etc/resolv.conf (servers, search, options), /etc/hosts, and the order in
 * /etc/nsswitch.conf, as c-ares reads them. Says nothing about whether an address may be used.
 *
 * A server that is silent is waited for during 1/(2^@tries - 1) of the budget before the next one
 * is asked, and twice as long in each further round. With a single try it takes all of the budget.
 *
 * Return: 0, or with the outputs untouched
 *	-ENOENT       no such name
 *	-ENODATA      the name is there, with neither an IPv6 nor an IPv4 address
 *	-EAFNOSUPPORT the name has only IPv4 addresses
 *	-ECONNREFUSED the DNS servers refuse to answer, or none listens
 *	-ETIMEDOUT    no answer within @timeout_ms
 *	-EINVAL       not a name
 *	-EIO          the servers' answer was a failure (SERVFAIL) or not understood
 *	-ENOMEM
 */
int v6_names_resolve(const char *name, int timeout_ms, int tries, struct in6_addr *ret_addresses,
		     size_t *ret_n, struct v6_names_source *ret_source, struct v6_error *err);

/**
 * struct v6_names_fit - Which addresses come first, where a name has more than are returned
 * @fits:	Check whether an address is one of them; not called for a name that has no more
 * @data:	Passed to @fits
 */
struct v6_names_fit {
	bool (*fits)(const struct in6_addr *address, void *data);
	void *data;
};

/* v6_names_resolve_fitting() - As v6_names_resolve(), but of more than V6_NAMES_ADDRESSES_MAX
 * addresses, return those that fit before any other
 */
int v6_names_resolve_fitting(const char *name, int timeout_ms, int tries,
			     const struct v6_names_fit *fit, struct in6_addr *ret_addresses,
			     size_t *ret_n, struct v6_names_source *ret_source,
			     struct v6_error *err);

#ifdef __cplusplus
}
#endif

#endif
