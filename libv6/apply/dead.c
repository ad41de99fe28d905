/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dead containers left on the addresses of a record that comes up. */
#include <errno.h>
#include <string.h>

#include "apply/dead.h"
#include "apply/down.h"
#include "apply/take.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"

/* Holders of an address that are looked at: a start costs the same however many share it */
#define HOLDERS_LOOKED_AT 16

/* struct collecting - what dead containers left on the addresses of a record */
struct collecting {
	struct v6_host *host;
	const struct v6_record *record;
	int left;
};

static void collect_if_dead(struct collecting *c, const char *id)
{
	struct v6_record other;
	struct v6_error err;

	if (strcmp(id, c->record->id) == 0 || v6_record_load(c->host, id, &other, NULL) < 0 ||
	    v6_record_alive(&other) != 0)
		return;
	if (v6_record_down(c->host, &other, &err) < 0)
		v6_host_warn(c->host, "%.*s: not collected whole: %s", V6_ID_SHORT, id, err.text);
}

static int collect_holder(const char *id, void *data)
{
	struct collecting *c = data;

	collect_if_dead(c, id);
	return --c->left > 0 ? 0 : -E2BIG;
}

bool v6_dead_may_share(struct v6_host *host, const struct v6_record *record)
{
	struct v6_resource resource;
	bool any = false;
	size_t i;

	for (i = 0; i < record->n_services && !any; i++) {
		resource = v6_resource_address(&record->services[i].address);
		any = v6_holder_any(host, &resource) != 0;
	}
	return any;
}

void v6_dead_collect(struct v6_host *host, const struct v6_record *record,
		     const struct v6_taken_over *dead, bool shared)
{
	struct collecting c = {.host = host, .record = record};
	struct v6_resource resource;
	size_t i;

	for (i = 0; i < dead->n; i++)
		collect_if_dead(&c, dead->ids[i]);
	for (i = 0; i < record->n_services && shared; i++) {
		c.left = HOLDERS_LOOKED_AT;
		resource = v6_resource_address(&record->services[i].address);
		v6_holders_each(host, &resource, collect_holder, &c);
	}
}
