/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which containers of a network namespace share claims, in the index. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/holders.h"
#include "store/record.h"
#include "store/share.h"

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
	int ret = strchr(owner, '/') ? 0 : v6_holder_drop(host, &resource, id);

	if (ret < 0)
		v6_host_warn(host, "cannot note what is no longer shared: %s; run v6ctl reconcile",
			     v6_strerror(ret));
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

static int gather_heir(const char *id, void *data)
{
	struct gathering *g = data;
	int ret = g->n < V6_HEIRS_MAX ? v6_record_find(g->host, id, &g->heirs[g->n], NULL) : 0;

	g->n += ret > 0;
	return ret < 0 ? ret : 0;
}

int v6_share_heirs(struct v6_host *host, const char *owner, struct v6_record **ret_heirs,
		   size_t *ret_n)
{
	struct v6_resource resource = share_of(owner);
	struct gathering g = {.host = host};
	int ret = v6_holder_any(host, &resource);

	*ret_heirs = NULL;
	*ret_n = 0;
	if (ret <= 0)
		return ret;
	g.heirs = calloc(V6_HEIRS_MAX, sizeof(*g.heirs));
	if (!g.heirs)
		return -ENOMEM;
	ret = v6_holders_each(host, &resource, gather_heir, &g);
	*ret_heirs = g.heirs;
	*ret_n = g.n;
	return ret;
}

/* struct leaving - an owner that has gone, as its sharers are visited */
struct leaving {
	struct v6_host *host;
	struct v6_resource resource;
};

static int leave_owner(const char *id, void *data)
{
	struct leaving *leaving = data;
	int ret = v6_holder_drop(leaving->host, &leaving->resource, id);

	return ret < 0 ? ret : 0;
}

void v6_share_pass(struct v6_host *host, const char *owner, const struct v6_record *heirs, size_t n)
{
	struct leaving leaving = {.host = host, .resource = share_of(owner)};
	int ret = 0;
	size_t i;

	for (i = 1; i < n && ret == 0; i++)
		ret = v6_share_add(host, heirs[0].id, heirs[i].id);
	/* also those that are no heirs as they are dead, and may know nothing of the owner when
	 * they are taken down themselves
	 */
	if (ret == 0)
		ret = v6_holders_each(host, &leaving.resource, leave_owner, &leaving);
	if (ret < 0 && ret != -ENOENT)
		v6_host_warn(host, "cannot note what is shared: %s; run v6ctl reconcile",
			     v6_strerror(ret));
	v6_holder_tidy(host, &leaving.resource);
}
