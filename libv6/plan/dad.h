/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Duplicate address detection: whether another machine of the link has a service address.
 *
 * The kernel's own keeps an address from answering for a second or two, so it is off. Instead the
 * link is asked as soon as an address is known, which costs no time: whoever has it answers within
 * what the rest of the start takes, and the address is not brought up then.
 */
#ifndef V6_PLAN_DAD_H
#define V6_PLAN_DAD_H

#include "plan/named.h"
#include "store/host.h"

/**
 * v6_dad_ask() - Ask the links of this host for addresses
 * @host:	This host, configured: not at all, or wait for the answers
 * @named:	Addresses to ask for, those of @n names; those that this host has are passed over
 * @interface:	Link that the request names, or ""
 *
 * To fail is no failure: the addresses then count as free. Call it without the lock.
 */
void v6_dad_ask(struct v6_host *host, const struct v6_named *named, size_t n,
		const char *interface);

/* v6_dad_ask_on() - ask one link for one address, which this host has not; no wait
 * v6_dad_end() - forget what was asked, and hear no more answers
 */
void v6_dad_ask_on(struct v6_host *host, const struct in6_addr *address, int index);
void v6_dad_end(struct v6_host *host);

/**
 * v6_dad_check() - Whether somebody has answered by now; no wait
 * @host:	This host
 * @address:	Any; one that was not asked for is free
 * @err:	NULL, or filled in on failure only; it begins with the address
 *
 * Return: 0, or -EADDRINUSE
 */
int v6_dad_check(struct v6_host *host, const struct in6_addr *address, struct v6_error *err);

#endif
