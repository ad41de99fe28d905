/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of it all: every record down, then what has none, then the table, then settings. */
#include <errno.h>

#include <libv6/verbs.h>

#include "apply/down.h"
#include "apply/ending.h"
#include "apply/orphans.h"
#include "apply/settings.h"
#include "store/record.h"
#include "store/relay.h"
#include "table/table.h"

/**
 * struct clearing - One look through all records
 * @gives_way:	Others have the lock between two of them, and may publish more
 * @first:	Why the first one of them is still there
 */
struct clearing {
	struct v6_host *host;
	struct v6_cleared *done;
	struct v6_error *err;
	bool gives_way;
	int first;
	unsigned int n, total;
};

/* tell_record() - in a dry run */
static int tell_record(struct v6_host *host, const struct v6_record *record)
{
	v6_host_step(host, "take down %.*s (%s%s)", V6_ID_SHORT, record->id,
		     record->services[0].name, record->n_services > 1 ? ", ..." : "");
	return 0;
}

/* lower_recorded() - Return: 1 (it is gone, or would be), 0 (it is not for us) or a negative errno
 */
static int lower_recorded(struct v6_host *host, const char *id, struct v6_error *err)
{
	struct v6_record record;
	int ret = v6_record_load(host, id, &record, err);

	if (ret == 0) {
		ret = host->looks ? tell_record(host, &record) : v6_record_down(host, &record, err);
		return ret < 0 ? ret : 1;
	}
	/* another network's, or gone meanwhile; else it says nothing about this kernel */
	if (ret == -EXDEV || ret == -ENOENT)
		return 0;
	if (!v6_record_is_none(ret))
		return ret;
	ret = host->looks ? 0 : v6_record_remove(host, id, err);
	return ret < 0 ? ret : 1;
}

/* delete_table() - only when no address is left that its guards were for, and no interface open */
static int delete_table(struct v6_host *host, struct v6_error *err)
{
	if (!host->looks)
		return v6_nat_delete(&host->netfilter, err);
	if (v6_table_state(&host->netfilter, NULL) > V6_TABLE_MISSING)
		v6_host_step(host, "delete table ip6 " V6_NAT_TABLE);
	return 0;
}

static int clear_record(const char *id, void *data)
{
	struct clearing *c = data;
	struct v6_error err;
	int ret = c->gives_way ? v6_host_give_way(c->host, c->err) : 0;

	if (ret < 0)
		return ret;
	ret = lower_recorded(c->host, id, &err);
	c->done->containers += ret > 0;
	if (ret < 0 && c->first == 0)
		c->first = v6_fail(c->err, ret, "%s", err.text);
	if (c->gives_way || c->host->looks)
		v6_host_progressed(c->host, ++c->n, c->total);
	return 0;
}

static int clear_records(struct v6_host *host, bool gives_way, struct v6_cleared *done,
			 struct v6_error *err)
{
	struct clearing c = {.host = host, .done = done, .err = err, .gives_way = gives_way};
	int ret = v6_records_count(host, &c.total, err);

	if (ret == 0)
		ret = v6_record_ids(host, clear_record, &c, err);
	return ret < 0 ? ret : c.first;
}

/* clear_all() - what was published while others had the lock goes in a second look, after which the
 * lock is kept: nothing is left that our table or a setting is needed for
 */
static int clear_all(struct v6_host *host, struct v6_cleared *done, struct v6_error *err)
{
	int ret = host->looks ? 0 : clear_records(host, true, done, err);

	if (ret == 0)
		ret = clear_records(host, false, done, err);
	if (ret == 0 && !host->looks)
		v6_relays_tidy(host);
	return ret < 0 ? ret : v6_orphans_remove(host, &done->orphans, err);
}

/* put_settings_back() - now that no service is left. Interfaces that were @opened are closed before
 * our table goes, which lets through services only
 */
static int put_settings_back(struct v6_host *host, bool opened, struct v6_cleared *done,
			     struct v6_error *err)
{
	struct v6_put_back settings = {0};
	int ret = v6_settings_put_back(host, opened, &settings, err);

	done->settings += settings.done;
	done->settings_left += settings.left;
	return ret;
}

int v6_clear(struct v6_host *host, bool settings, struct v6_cleared *ret_done, struct v6_error *err)
{
	struct v6_cleared done = {0};
	int ret = v6_host_lock(host, err);

	if (ret < 0)
		return ret;
	ret = clear_all(host, &done, err);
	if (ret == 0)
		ret = put_settings_back(host, true, &done, err);
	if (ret == 0)
		ret = delete_table(host, err);
	if (ret == 0 && settings)
		ret = put_settings_back(host, false, &done, err);
	v6_ending_unlock(host);
	if (ret == 0)
		*ret_done = done;
	return ret;
}
