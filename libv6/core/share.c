/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/record.h"
#include "core/share.h"

static struct v6_resource share_of(const char *owner)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), V6_SHARE_PREFIX "%s", owner);
	return resource;
}

int v6_share_add(struct v6_host *host, const char *owner, const char *id)
{
	struct v6_resource resource = share_of(owner);

	return v6_holder_add(host, &resource, id);
}

void v6_share_leave(struct v6_host *host, const char *owner, const char *id)
{
	struct v6_resource resource = share_of(owner);

	/* it may come from an element that somebody else put into our table */
	if (!strchr(owner, '/'))
		v6_holder_drop(host, &resource, id);
}

bool v6_share_has(struct v6_host *host, const char *owner, const char *id)
{
	struct v6_resource resource = share_of(owner);

	return v6_holder_has(host, &resource, id) > 0;
}

struct gathering {
	struct v6_host *host;
	struct v6_record *heirs;
	size_t n;
};

static int gather(const char *id, void *data)
{
	struct gathering *g = data;

	if (g->n < V6_HEIRS_MAX && v6_record_find(g->host, id, &g->heirs[g->n], NULL) > 0)
		g->n++;
	return 0;
}

int v6_share_heirs(struct v6_host *host, const char *owner, struct v6_record **ret_heirs,
		   size_t *ret_n)
{
	struct v6_resource resource = share_of(owner);
	struct gathering g = {.host = host};

	*ret_heirs = NULL;
	*ret_n = 0;
	if (v6_holder_any(host, &resource) <= 0)
		return 0;
	g.heirs = calloc(V6_HEIRS_MAX, sizeof(*g.heirs));
	if (!g.heirs)
		return -ENOMEM;
	v6_holders_each(host, &resource, gather, &g);
	*ret_heirs = g.heirs;
	*ret_n = g.n;
	return 0;
}

/* struct leaving - an owner that has gone, as its sharers are visited */
struct leaving {
	struct v6_host *host;
	struct v6_resource resource;
};

static int leave(const char *id, void *data)
{
	struct leaving *leaving = data;

	v6_holder_drop(leaving->host, &leaving->resource, id);
	return 0;
}

void v6_share_pass(struct v6_host *host, const char *owner, const struct v6_record *heirs, size_t n)
{
	struct leaving leaving = {.host = host, .resource = share_of(owner)};
	size_t i;

	for (i = 1; i < n; i++)
		if (v6_share_add(host, heirs[0].id, heirs[i].id) < 0)
			v6_host_warn(host, "%.*s: cannot note what it shares; run v6ctl reconcile",
				     V6_ID_SHORT, heirs[i].id);
	/* also those that are no heirs as they are dead, and may know nothing of the owner when
	 * they are taken down themselves
	 */
	v6_holders_each(host, &leaving.resource, leave, &leaving);
	v6_holder_tidy(host, &leaving.resource);
}
