/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write and read how a user's claims stand in the kernel, which they may not look up themselves. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/apply.h>

#include "base/cleanup.h"
#include "ipc/looks.h"
#include "store/life.h"

#define LINE_MIN strlen("0 0 0 0\n")

void v6_looks_write(FILE *out, struct v6_host *host, const struct v6_record *record)
{
	struct v6_passages auto_call(v6_passages_cleanup) *passages = NULL;
	bool alive = v6_record_alive(record) != 0;
	struct v6_claim_look look;
	size_t i;

	v6_passages_open(host, &passages, NULL);
	for (i = 0; i < record->n_services * record->n_maps; i++) {
		if (v6_claim_look(host, record, alive, i / record->n_maps, i % record->n_maps,
				  &look, NULL) < 0)
			look = (struct v6_claim_look){.state = V6_CLAIM_UNKNOWN};
		if (passages)
			v6_passages_look(passages, record, i / record->n_maps, i % record->n_maps,
					 &look);
		fprintf(out, "%d %" PRIu64 " %" PRId64 " %d\n", look.state, look.connections,
			look.has_bytes ? (int64_t)look.bytes : -1, look.shared);
	}
}

/* read_look() - Read the line that ends at @end */
static int read_look(const char *line, const char *end, struct v6_claim_look *ret_look)
{
	int64_t connections, bytes;
	unsigned int state, shared;
	int size = 0;

	if (sscanf(line, "%u %" SCNd64 " %" SCNd64 " %u%n", &state, &connections, &bytes, &shared,
		   &size) != 4 ||
	    line + size != end || state >= V6_CLAIM_STATES || connections < 0 || bytes < -1 ||
	    shared > 1)
		return -EINVAL;
	*ret_look = (struct v6_claim_look){
		.state = (enum v6_claim_state)state,
		.connections = (uint64_t)connections,
		.bytes = bytes < 0 ? 0 : (uint64_t)bytes,
		.has_bytes = bytes >= 0,
		.shared = shared == 1,
	};
	return 0;
}

int v6_looks_parse(const char *text, struct v6_told *ret_told, struct v6_error *err)
{
	struct v6_told told = {calloc(strlen(text) / LINE_MIN + 1, sizeof(*told.looks)), 0};
	const char *end;
	int ret = told.looks ? 0 : -ENOMEM;

	while (ret == 0 && *text) {
		end = strchrnul(text, '\n');
		ret = *end ? read_look(text, end, &told.looks[told.n++]) : -EINVAL;
		text = end + 1;
	}
	if (ret == 0) {
		*ret_told = told;
		return 0;
	}
	v6_told_release(&told);
	return v6_fail(err, ret,
		       "v6d does not say how the claims stand; restart it if it is older");
}

void v6_told_release(struct v6_told *told)
{
	free(told->looks);
	*told = (struct v6_told){NULL, 0};
}
