/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check the host's interfaces on the way: whether they have IPv6, and the container's port. */
#ifndef V6_CHECK_INTERFACES_H
#define V6_CHECK_INTERFACES_H

#include "kernel/link.h"

/* RFC 8200 section 5; addrconf_notify() in linux/net/ipv6/addrconf.c turns IPv6 off below */
#define V6_IPV6_MTU_MIN 1280

struct v6_checked;

/* v6_check_has_ipv6() - whether IPv6 is on for an interface of this host; reports it in a step
 * where it is off
 */
bool v6_check_has_ipv6(struct v6_checked *c, const char *step, const struct v6_link *link);

/* v6_check_hears() - the same, whether it takes part in neighbour discovery */
bool v6_check_hears(struct v6_checked *c, const char *step, const struct v6_link *link);

/* v6_check_port() - the same, whether the container is a port of its bridge still */
bool v6_check_port(struct v6_checked *c, const char *step);

#endif
