/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to tell people of an obstacle: whose packets, which rule, and the line that lets them
 * through. */
#ifndef V6_FIREWALL_REMEDY_H
#define V6_FIREWALL_REMEDY_H

#include <libv6/oci.h>

#include "base/text.h"
#include "firewall/trace.h"

/* Where Docker's users are meant to put rules for what is forwarded */
#define V6_DOCKER_CHAIN "DOCKER-USER"

/**
 * struct v6_passing - One mapping on one service address, on its way past other tables; or what a
 *	container sends that leaves by the address
 * @map:	The mapping, @flow has its first port; or what the container connects to
 * @marked:	Our table marks its packets, as the address is one that we brought
 * @flow:	A client's packets to it, or the container's
 */
struct v6_passing {
	const struct v6_port_map *map;
	bool marked;
	struct v6_flow flow;
};

/* v6_remedy() - the line, for a shell; "?" in it stands for a name that a shell would not take as
 * it is */
struct v6_line v6_remedy(const struct v6_ruleset *rules, const struct v6_passing *p,
			 const struct v6_obstacle *o);

/* v6_passing_text() - "80/tcp of 2001:db8::203", or "443/tcp by" what is left by */
struct v6_line v6_passing_text(const struct v6_passing *p);

/* v6_leg_text() - the packets that a leg is about */
const char *v6_leg_text(enum v6_leg leg);

/* v6_obstacle_place() - which rule or chain does it, and how to see it */
struct v6_line v6_obstacle_place(const struct v6_obstacle *o);

#endif
