/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefixes of containers that lie in wider ones: left out, and brought back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cover.h"
#include "apply/elements.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/prefixes.h"
#include "store/holders.h"

int v6_cover_note(struct v6_host *host, const struct v6_prefix *prefix)
{
	struct v6_resource covered = v6_resource_covered();

	return v6_holder_add(host, &covered, v6_resource_subnet(prefix).name);
}

void v6_cover_forget(struct v6_host *host, const struct v6_prefix *prefix)
{
	struct v6_resource covered = v6_resource_covered();

	v6_holder_drop(host, &covered, v6_resource_subnet(prefix).name);
}

void v6_cover_widen(struct v6_host *host, struct v6_prefixes *prefixes)
{
	struct v6_prefix *list = prefixes->list;
	size_t i, n = 0;

	if (prefixes->n > 1)
		qsort(list, prefixes->n, sizeof(*list), v6_prefix_compare);
	for (i = 0; i < prefixes->n; i++) {
		if (n == 0 || !v6_prefix_lies_in(&list[i], &list[n - 1]))
			list[n++] = list[i];
		else if (v6_prefix_compare(&list[i], &list[n - 1]) != 0)
			v6_cover_note(host, &list[i]);
	}
	prefixes->n = n;
}

/* struct covering - a search for prefixes inside another one */
struct covering {
	struct v6_host *host;
	const struct v6_prefix *wide;
	struct v6_prefixes found;
};

static int append_inside(const struct v6_nat_op *element, void *data)
{
	struct covering *covering = data;

	if (element->prefix.length == covering->wide->length ||
	    !v6_prefix_lies_in(&element->prefix, covering->wide))
		return 0;
	return v6_prefixes_append(&covering->found, &element->prefix);
}

int v6_cover_inside(struct v6_host *host, const struct v6_prefix *wide,
		    struct v6_prefixes *ret_inside, struct v6_error *err)
{
	struct covering covering = {host, wide, *ret_inside};
	int ret = v6_nat_each(&host->netfilter, V6_NAT_HAIRPIN, append_inside, &covering, err);
	size_t i;

	*ret_inside = covering.found;
	for (i = 0; i < ret_inside->n && ret == 0; i++)
		ret = v6_cover_note(host, &ret_inside->list[i]);
	return ret < 0 ? v6_fail(err, ret, "cannot note what lies in %s/%u: %s",
				 V6_TEXT(&wide->address), wide->length, v6_strerror(ret))
		       : 0;
}

static int append_missing(const char *name, void *data)
{
	struct covering *covering = data;
	struct v6_resource subnet;
	struct v6_prefix prefix;

	if (v6_resource_prefix(name, &prefix) < 0)
		return 0;
	subnet = v6_resource_subnet(&prefix);
	if (v6_holder_any(covering->host, &subnet) == 0)
		v6_cover_forget(covering->host, &prefix);
	else if (prefix.length > covering->wide->length &&
		 v6_prefix_lies_in(&prefix, covering->wide))
		return v6_prefixes_append(&covering->found, &prefix);
	return 0;
}

int v6_cover_missing(struct v6_host *host, const struct v6_prefix *wide,
		     struct v6_prefixes *ret_missing)
{
	struct covering covering = {host, wide, *ret_missing};
	struct v6_resource covered = v6_resource_covered();
	int ret = v6_holders_each(host, &covered, append_missing, &covering);

	*ret_missing = covering.found;
	v6_cover_widen(host, ret_missing);
	return ret == -ENOENT ? 0 : ret;
}

/* commit_together() - Return: also -EEXIST, if something else covers one of them */
static int commit_together(struct v6_host *host, const struct v6_nat_op *ops, size_t n,
			   const struct v6_prefixes *missing, struct v6_error *err)
{
	auto_free struct v6_nat_op *all = calloc(n + missing->n, sizeof(*all));
	size_t i;

	if (!all)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	memcpy(all, ops, n * sizeof(*all));
	for (i = 0; i < missing->n; i++)
		all[n + i] = v6_hairpin_element(&missing->list[i]);
	return v6_nat_commit(&host->netfilter, all, n + missing->n, err);
}

int v6_cover_commit(struct v6_host *host, struct v6_nat_op *ops, size_t n,
		    const struct v6_prefixes *missing, struct v6_error *err)
{
	struct v6_nat_op op;
	bool together = true;
	size_t i;
	int ret = missing->n > 0 ? commit_together(host, ops, n, missing, err) : -EEXIST;

	if (ret == -EEXIST) {
		together = false;
		ret = v6_nat_commit(&host->netfilter, ops, n, err);
	}
	for (i = 0; i < missing->n && ret == 0; i++) {
		op = v6_hairpin_element(&missing->list[i]);
		if (together || v6_nat_commit(&host->netfilter, &op, 1, NULL) == 0)
			v6_cover_forget(host, &missing->list[i]);
	}
	return ret;
}
