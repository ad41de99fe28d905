/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that others are told: who wants the file of one. */
#include <errno.h>

#include "apply/published.h"
#include "apply/things.h"
#include "store/holders.h"
#include "store/record.h"

static bool wants_published(const struct v6_record *record, const void *data)
{
	const struct v6_hosts_entry *wanted = data;
	const struct v6_service *service = v6_record_service(record, &wanted->address);
	struct v6_hosts_entry entry;

	if (!service || !service->published)
		return false;
	entry = (struct v6_hosts_entry){service->address, service->name};
	return v6_hosts_is_same(&entry, wanted);
}

int v6_published_by(struct v6_host *host, const struct v6_hosts_entry *entry, const char *but)
{
	return v6_holder_wants(host, &entry->address, but, wants_published, entry);
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
