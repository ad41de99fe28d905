/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in the container a service address leads. */
#ifndef V6_PLAN_PLACE_DESTINATION_H
#define V6_PLAN_PLACE_DESTINATION_H

#include "store/host.h"

/**
 * v6_place_destination() - Find the container's address, or choose one for it
 * @host:	This host
 * @record:	The container's. Its destination's address, unless ::, is taken before others that
 *		the container has. Where it is pending, or LXC's, no address is chosen before the
 *		container has a default route, which engines make last, nor where it had one of its
 *		own
 * @netns:	Its network namespace
 * @ret_destination: Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Looks only: an address to be provided is not given yet.
 *
 * Return: 0, -EAGAIN (there is no network or address yet), -EOPNOTSUPP (its network has no way for
 * us; @err says which has), -ENETUNREACH (the host has no route to it, or one by a router),
 * -EADDRINUSE (another living container has its address) or another negative errno
 */
int v6_place_destination(struct v6_host *host, const struct v6_record *record, int netns,
			 struct v6_destination *ret_destination, struct v6_error *err);

/**
 * v6_place_stands() - Whether the container still has what a record leads to
 *
 * Of an address that we gave only the link counts: the address is given again where it is missing.
 * The link has to have the link-layer address that the record pins; one that is not known is
 * another.
 *
 * Return: 1, 0 or a negative errno
 */
int v6_place_stands(const struct v6_record *record, int netns);

/**
 * v6_place_is_passed() - Check whether the container has something better than the address that we
 * assigned
 *
 * Since then it was connected to a network with IPv6: its default route is on another interface, or
 * on this one by a router that is not us, with an address of its own.
 */
bool v6_place_is_passed(struct v6_host *host, const struct v6_record *record, int netns);

/**
 * v6_place_has_siblings() - Check whether the siblings that a record knows are all there are
 *
 * Others come when the container is connected to another network. Only a record with UDP has any.
 */
bool v6_place_has_siblings(struct v6_host *host, const struct v6_record *record, int netns);

/**
 * v6_place_has_stray() - Check whether a container may answer past this host, by UDP
 * @ret_link:	Its interface that leads elsewhere; room for IF_NAMESIZE
 */
bool v6_place_has_stray(struct v6_host *host, const struct v6_record *record, int netns,
			char *ret_link);

#endif
