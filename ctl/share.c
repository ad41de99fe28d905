/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Move a container in front of those that share its name, by hand. */
#include <errno.h>
#include <string.h>

#include <libv6/verbs.h>

#include "base/text.h"
#include "claims.h"
#include "command.h"

enum { OPTION_DRAIN };

/* struct choosing - the container that a word means */
struct choosing {
	const char *word;
	char id[V6_ID_MAX + 1];
	size_t n;
};

static int choose_container(const struct v6_record *record, bool alive, void *data)
{
	struct choosing *choosing = data;

	if (alive && record_matches(record, choosing->word) && choosing->n++ == 0)
		snprintf(choosing->id, sizeof(choosing->id), "%s", record->id);
	return 0;
}

static int run_share(struct v6_host *host, const struct command_arguments *args)
{
	static const struct claims_visit visit = {choose_container, NULL};
	struct choosing choosing = {.word = args->operands[0]};
	struct v6_error err;
	int ret = claims_each(host, &visit, &choosing, &err);

	if (ret == 0 && choosing.n == 0)
		ret = v6_fail(&err, -ENOENT,
			      "%s: no container that runs has services; v6ctl lists all",
			      V6_SHOWN(choosing.word));
	else if (ret == 0 && choosing.n > 1)
		ret = v6_fail(
			&err, -EINVAL,
			"%s: %zu containers; write the id or the name of one, see v6ctl list %s",
			V6_SHOWN(choosing.word), choosing.n, V6_SHOWN(choosing.word));
	if (ret == 0)
		ret = v6_share_rank(host, choosing.id,
				    args->option[OPTION_DRAIN] ? V6_RANK_DRAINED : V6_RANK_FRONT,
				    &err);
	return ret < 0 ? command_fail(&err) : EXIT_DONE;
}

const struct command share_command = {
	.name = "share",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.what = "send new connections to a container, or away from it",
	.options =
		{
			[OPTION_DRAIN] = {"drain", 0, NULL,
					  "send new connections to the other containers"},
		},
	.run = run_share,
};
