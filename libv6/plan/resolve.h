/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of a request, by DNS or, where that is down, by its last known answers. */
#ifndef V6_PLAN_RESOLVE_H
#define V6_PLAN_RESOLVE_H

#include "plan/named.h"
#include "store/host.h"

/**
 * v6_resolve_all() - Resolve all names of a request
 * @host:	This host, configured; warned of answers that are not of today, and of such as can't
 * be kept
 * @state:	The container's
 * @request:	With its hosts. Of a name with more than V6_NAMES_ADDRESSES_MAX addresses, those
 *		come first that v6_place_claims() lets it have
 * @ret_named:	Room for V6_REQUEST_HOSTS_MAX; undefined on failure
 * @err:	NULL, or filled in on failure only
 *
 * A host that is opened to look only keeps and forgets nothing.
 *
 * Takes no longer than the configuration says. Call it without the lock. A name that DNS says is
 * not there, or has no IPv6 address, whatever was known of it before, gets an address of the
 * configuration's pool; without a pool it fails, and is forgotten.
 *
 * Return: 0 or what v6_names_resolve() returns
 */
int v6_resolve_all(struct v6_host *host, const struct v6_state *state,
		   const struct v6_request *request, struct v6_named *ret_named,
		   struct v6_error *err);

#endif
