/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that others are told: who wants the file of one. */
#include <errno.h>
#include <string.h>

#include "apply/published.h"
#include "apply/things.h"
#include "store/holders.h"
#include "store/record.h"

/* struct wishes - a search for a record that wants the file of a name */
struct wishes {
	struct v6_host *host;
	const struct v6_hosts_entry *entry;
	const char *but;
};

static int look_at_publisher(const char *id, void *data)
{
	const struct wishes *wishes = data;
	const struct v6_service *service;
	struct v6_hosts_entry entry;
	struct v6_record record;
	int ret;

	if (wishes->but && strcmp(id, wishes->but) == 0)
		return 0;
	ret = v6_record_load(wishes->host, id, &record, NULL);
	/* a record of a later version may want anything */
	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret == -EPROTO ? -EEXIST : ret;
	service = v6_record_service(&record, &wishes->entry->address);
	if (!service || !service->published)
		return 0;
	entry = (struct v6_hosts_entry){service->address, service->name};
	return v6_hosts_is_same(&entry, wishes->entry) ? -EEXIST : 0;
}

int v6_published_by(struct v6_host *host, const struct v6_hosts_entry *entry, const char *but)
{
	struct v6_resource resource = v6_resource_address(&entry->address);
	struct wishes wishes = {host, entry, but};
	int ret = v6_holders_each(host, &resource, look_at_publisher, &wishes);

	if (ret == -EEXIST)
		return 1;
	return ret == -ENOENT ? 0 : ret;
}

int v6_name_file_has(struct v6_host *host, const struct v6_thing *thing)
{
	(void)host;
	return v6_hosts_has(&thing->entry);
}

int v6_name_file_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int ret = v6_hosts_add(&thing->entry);

	(void)host;
	if (ret == -EPERM)
		return v6_fail(err, ret,
			       V6_HOSTS_DIR ": others than root may write there; chmod 755 it");
	if (ret < 0)
		return v6_fail(err, ret, V6_HOSTS_DIR ": cannot publish %s: %s", thing->entry.name,
			       v6_strerror(ret));
	return ret;
}

int v6_name_file_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int ret = v6_published_by(host, &thing->entry, thing->record ? thing->record->id : NULL);

	if (ret == 0)
		ret = v6_hosts_remove(&thing->entry);
	if (ret < 0)
		return v6_fail(err, ret, V6_HOSTS_DIR ": cannot remove %s: %s", thing->entry.name,
			       v6_strerror(ret));
	return 0;
}
