/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether clients reach a service address where it was placed, and where it belongs otherwise. */
#ifndef V6_PLAN_PLACE_AGAIN_H
#define V6_PLAN_PLACE_AGAIN_H

#include "store/host.h"

/**
 * v6_place_stays() - Check that clients can reach a service address where it is placed
 * @host:	This host. What was asked of links is taken from its @onlink; prefixes and routes
 *		count only if they were read, by v6_onlink_read()
 * @service:	The address
 * @interface:	Link that the request names, or ""
 * @err:	NULL, or filled in on failure only; begins with the link
 *
 * They can if the link is up, is no port of another, and has a prefix that holds the address; or of
 * one that is routed here, if the link has a default route, or no other link has one. A link that
 * is not connected has all of that still. If another link has it as well, that is no reason to
 * move.
 *
 * Return: 0, or a negative errno. If the kernel does not answer, nothing is wrong
 */
int v6_place_stays(struct v6_host *host, const struct v6_service *service, const char *interface,
		   struct v6_error *err);

/**
 * v6_place_again() - Find the link for a service address that nobody reached where it is placed
 * @host:	This host, locked and configured; of its @onlink all is read
 * @service:	As it is placed; this host may have it
 * @interface:	Link that the request names, or "". One of that name that is gone is the link of
 *		@service, which may have another name now
 * @ret_service: @service with its new place; set on success
 * @err:	NULL, or filled in on failure only
 *
 * If it stays where it is by now, that is the one; else by the rules of v6_place_service(). How an
 * address is brought to its link stays the same, unless
 * it is routed to this host now.
 *
 * Return: 0, or a negative errno: no link will do
 */
int v6_place_again(struct v6_host *host, const struct v6_service *service, const char *interface,
		   struct v6_service *ret_service, struct v6_error *err);

#endif
