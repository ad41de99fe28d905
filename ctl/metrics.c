/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenMetrics text, for the textfile collector of node_exporter. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/apply.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "claims.h"
#include "command.h"

/**
 * struct totals - What is counted while the claims are visited
 * @states:	Claims by their state
 * @records:	Containers
 * @host:	This host
 * @connections: Text of the samples per claim, as each family has to be in one piece
 * @bytes:	Likewise
 * @egress:	Likewise, of containers
 */
struct totals {
	uint64_t states[V6_CLAIM_STATES];
	uint64_t records;
	struct v6_host *host;
	FILE *connections, *bytes, *egress;
};

/* put_label() - NAME="VALUE", with what OpenMetrics wants escaped; no control characters */
static void put_label(FILE *out, const char *name, const char *value)
{
	struct v6_error line;
	const char *c;

	v6_fail(&line, 0, "%s", value);
	fprintf(out, "%s=\"", name);
	for (c = line.text; *c; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

/* put_sample() - @map: NULL where it is about no port */
static void put_sample(FILE *out, const char *name, const struct v6_record *record,
		       const struct v6_service *service, const struct v6_port_map *map,
		       uint64_t value)
{
	fprintf(out, "%s{", name);
	put_label(out, "service", service->name);
	put_label(out, ",address", V6_TEXT(&service->address));
	if (map)
		put_label(out, ",port", v6_map_text(map).s);
	put_label(out, ",container", record->id);
	put_label(out, ",name", record->name);
	fprintf(out, "} %" PRIu64 "\n", value);
}

static int count_container(const struct v6_record *record, bool alive, void *data)
{
	struct totals *totals = data;
	struct v6_egress_look look;

	(void)alive;
	totals->records++;
	if (v6_egress_look(totals->host, record, &look, NULL) == 0 && look.active)
		put_sample(totals->egress, "oci_v6_egress_connections_total", record, look.service,
			   NULL, look.connections);
	return 1;
}

static int count_claim(const struct claim *claim, void *data)
{
	struct totals *totals = data;

	totals->states[claim->look.state]++;
	/* those of a pod's other members are its owner's */
	if (claim->look.state == V6_CLAIM_UNKNOWN || claim->look.shared)
		return 0;
	put_sample(totals->connections, "oci_v6_connections_total", claim->record, claim->service,
		   claim->map, claim->look.connections);
	if (claim->look.has_bytes)
		put_sample(totals->bytes, "oci_v6_traffic_bytes_total", claim->record,
			   claim->service, claim->map, claim->look.bytes);
	return 0;
}

/* put_states() - several states share one word */
static void put_states(const struct totals *totals)
{
	const char *word;
	uint64_t sum;
	int i, j;

	puts("# TYPE oci_v6_claims gauge\n"
	     "# HELP oci_v6_claims Claims, each a mapping of ports on a service address.");
	for (i = 0; i < V6_CLAIM_STATES; i++) {
		word = v6_claim_state_word((enum v6_claim_state)i);
		for (j = 0; strcmp(v6_claim_state_word((enum v6_claim_state)j), word) != 0; j++)
			;
		if (j < i)
			continue;
		for (sum = 0; j < V6_CLAIM_STATES; j++)
			if (strcmp(v6_claim_state_word((enum v6_claim_state)j), word) == 0)
				sum += totals->states[j];
		printf("oci_v6_claims{state=\"%s\"} %" PRIu64 "\n", word, sum);
	}
}

static void put_metrics(struct v6_host *host, const struct totals *totals, const char *connections,
			const char *bytes, const char *egress)
{
	struct failures auto_call(failures_release) failures;

	failures_read(host, &failures);
	printf("# TYPE oci_v6_containers gauge\n"
	       "# HELP oci_v6_containers Containers with services.\n"
	       "oci_v6_containers %" PRIu64 "\n",
	       totals->records);
	put_states(totals);
	printf("# TYPE oci_v6_failed_containers gauge\n"
	       "# HELP oci_v6_failed_containers Containers whose last failure is kept.\n"
	       "oci_v6_failed_containers %zu\n",
	       failures.n);
	printf("# TYPE oci_v6_connections counter\n"
	       "# HELP oci_v6_connections Connections begun since the claim was made.\n"
	       "%s# TYPE oci_v6_traffic_bytes counter\n"
	       "# UNIT oci_v6_traffic_bytes bytes\n"
	       "# HELP oci_v6_traffic_bytes Bytes in both directions since then.\n"
	       "%s# TYPE oci_v6_egress_connections counter\n"
	       "# HELP oci_v6_egress_connections Connections that containers began by a service address.\n"
	       "%s# EOF\n",
	       connections, bytes, egress);
}

/* close_text() - of a stream in memory. Return: whether all of it is there */
static bool close_text(FILE *out)
{
	return out && fclose(out) == 0;
}

static int run_metrics(struct v6_host *host, const struct command_arguments *args)
{
	static const struct claims_visit visit = {count_container, count_claim};
	auto_free char *connections = NULL, *bytes = NULL, *egress = NULL;
	struct totals totals = {.host = host};
	struct v6_error err;
	size_t size;
	bool closed;
	int ret = -ENOMEM;

	(void)args;
	totals.connections = open_memstream(&connections, &size);
	totals.bytes = open_memstream(&bytes, &size);
	totals.egress = open_memstream(&egress, &size);
	if (totals.connections && totals.bytes && totals.egress)
		ret = claims_each(host, &visit, &totals, &err);
	closed = close_text(totals.connections);
	closed = close_text(totals.bytes) && closed;
	closed = close_text(totals.egress) && closed;
	if (!closed)
		ret = v6_fail(&err, -ENOMEM, "metrics: %s", v6_strerror(ENOMEM));
	if (ret < 0)
		return command_fail(&err);
	put_metrics(host, &totals, connections, bytes, egress);
	return EXIT_DONE;
}

const struct command metrics_command = {
	.name = "metrics",
	.operands = "",
	.what = "counts of all claims as OpenMetrics, for node_exporter",
	.looks = true,
	.run = run_metrics,
};
