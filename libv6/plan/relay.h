/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a container may have a relay, and on which of its ports that listens. */
#ifndef V6_PLAN_RELAY_H
#define V6_PLAN_RELAY_H

#include "store/host.h"

/**
 * v6_relay_check() - Check whether a request for a relay can be met
 * @state:	Whose request it is
 * @request:	Its ports are complete
 *
 * Return: 0, also without such a request, or -EOPNOTSUPP
 */
int v6_relay_check(const struct v6_host *host, const struct v6_state *state,
		   const struct v6_request *request, struct v6_error *err);

/**
 * v6_relay_check_network() - Check whether a container's network can have one
 * @record:	Its destination is placed
 * @netns:	The container's network namespace
 *
 * Return: 0, or a negative errno:
 *	-EOPNOTSUPP   it is the host's, or it has no IPv4 address
 */
int v6_relay_check_network(const struct v6_record *record, int netns, struct v6_error *err);

/**
 * v6_relay_plan() - Set on which ports of the container a record's relay listens
 * @host:	This host, under its lock
 * @record:	Its destination is placed; where that has ports, these are kept if they are free
 *
 * Never on those of the program: a relay on [ADDRESS]:80 would keep it from [::]:80 later. Members
 * of a pod that ask for the same ports have one relay.
 */
void v6_relay_plan(struct v6_host *host, struct v6_record *record);

#endif
