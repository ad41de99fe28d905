/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line per claim, tab-free columns that fit 80 characters for ordinary names; failures below.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "command.h"

/* Wide enough for an IPv6 address of a /64 with a short host part, a port and a protocol. */
#define FORMAT "%-15s %-25s %-11s %-12s %s\n"

static int list_record(const struct v6_record *record, bool alive, void *data)
{
	size_t *claims = data;
	const struct v6_service *service;
	const struct v6_port_map *map;
	char id[V6_ID_SHORT + 1];

	snprintf(id, sizeof(id), "%.*s", V6_ID_SHORT, record->id);
	for (service = record->services; service < record->services + record->n_services;
	     service++) {
		for (map = record->maps; map < record->maps + record->n_maps; map++) {
			if ((*claims)++ == 0)
				printf(FORMAT, "SERVICE", "ADDRESS", "PORT", "CONTAINER", "STATE");
			printf(FORMAT, service->name, V6_TEXT(&service->address),
			       v6_map_text(map).s, id, alive ? "active" : "dead");
		}
	}
	return 0;
}

/* struct failures - those kept, 256 at most, to be shown in the order in which they happened */
struct failures {
	struct v6_failure *list;
	size_t n;
};

static int gather_failure(const struct v6_failure *failure, void *data)
{
	struct failures *failures = data;
	struct v6_failure *larger = reallocarray(failures->list, failures->n + 1, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	larger[failures->n++] = *failure;
	failures->list = larger;
	return 0;
}

static int compare_times(const void *left, const void *right)
{
	const struct v6_failure *a = left, *b = right;

	return (a->when > b->when) - (a->when < b->when);
}

static void list_failure(const struct v6_failure *failure)
{
	char when[sizeof("2026-11-23 16:30:00")];
	time_t seconds = failure->when;
	struct tm local;

	localtime_r(&seconds, &local);
	strftime(when, sizeof(when), "%F %T", &local);
	printf("%s %.*s: %s\n", when, V6_ID_SHORT, failure->id, failure->text);
}

static size_t list_failures(bool after_claims)
{
	struct failures failures = {NULL, 0};
	size_t i;

	v6_failures_each(V6_RUN_DIR, gather_failure, &failures);
	if (failures.n) {
		printf("%sLast failures:\n", after_claims ? "\n" : "");
		qsort(failures.list, failures.n, sizeof(*failures.list), compare_times);
	}
	for (i = 0; i < failures.n; i++)
		list_failure(&failures.list[i]);
	free(failures.list);
	return failures.n;
}

static int list(struct v6_host *host, const struct command_arguments *args)
{
	struct v6_error err;
	size_t claims = 0;

	(void)args;
	if (v6_records_each(host, list_record, &claims, &err) < 0)
		return command_fail(&err);
	if (list_failures(claims > 0) == 0 && claims == 0)
		printf("nothing is published\n");
	return EXIT_DONE;
}

const struct command list_command = {
	.name = "list",
	.operands = "",
	.what = "what is published, and what failed last; the default",
	.run = list,
};
