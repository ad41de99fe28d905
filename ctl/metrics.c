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

/* Of each claim or container a sample */
enum family {
	CONNECTIONS,
	BYTES,
	CLIENTS,
	EGRESS,
	RELAY_OPEN,
	RELAY_LIMIT,
	RELAY_TAKEN,
	RELAY_REFUSED,
	N_FAMILIES
};

/* struct family_text - what stands before its samples, and the name in each of them */
static const struct family_text {
	const char *head, *name;
} families[N_FAMILIES] = {
	[CONNECTIONS] = {"# TYPE oci_v6_connections counter\n"
			 "# HELP oci_v6_connections Connections begun since the claim was made.\n",
			 "oci_v6_connections_total"},
	[BYTES] = {"# TYPE oci_v6_traffic_bytes counter\n"
		   "# UNIT oci_v6_traffic_bytes bytes\n"
		   "# HELP oci_v6_traffic_bytes Bytes in both directions since then.\n",
		   "oci_v6_traffic_bytes_total"},
	[CLIENTS] = {"# TYPE oci_v6_client_prefixes gauge\n"
		     "# HELP oci_v6_client_prefixes Prefixes whose clients alone may connect.\n",
		     "oci_v6_client_prefixes"},
	[EGRESS] =
		{"# TYPE oci_v6_egress_connections counter\n"
		 "# HELP oci_v6_egress_connections Connections that containers began by a service address.\n",
		 "oci_v6_egress_connections_total"},
	[RELAY_OPEN] = {"# TYPE oci_v6_relay_open_connections gauge\n"
			"# HELP oci_v6_relay_open_connections Connections that a relay has.\n",
			"oci_v6_relay_open_connections"},
	[RELAY_LIMIT] = {"# TYPE oci_v6_relay_limit_connections gauge\n"
			 "# HELP oci_v6_relay_limit_connections As many as it may have.\n",
			 "oci_v6_relay_limit_connections"},
	[RELAY_TAKEN] =
		{"# TYPE oci_v6_relay_connections counter\n"
		 "# HELP oci_v6_relay_connections Connections that a relay accepted since it started.\n",
		 "oci_v6_relay_connections_total"},
	[RELAY_REFUSED] =
		{"# TYPE oci_v6_relay_refused_connections counter\n"
		 "# HELP oci_v6_relay_refused_connections Those that it reset at its limit.\n",
		 "oci_v6_relay_refused_connections_total"},
};

/**
 * struct totals - What is counted while the claims are visited
 * @states:	Claims by their state
 * @records:	Containers, of which @wanted want a relay and @relays have one
 * @host:	This host
 * @samples:	Of each family, as each has to be in one piece: streams in memory, into @text
 */
struct totals {
	uint64_t states[V6_CLAIM_STATES];
	uint64_t records, wanted, relays;
	struct v6_host *host;
	FILE *samples[N_FAMILIES];
	char *text[N_FAMILIES];
	size_t size[N_FAMILIES];
};

static void release_totals(struct totals *totals)
{
	int i;

	for (i = 0; i < N_FAMILIES; i++)
		free(totals->text[i]);
}

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

/* put_sample() - @service, @map: NULL where it is about none */
static void put_sample(struct totals *totals, enum family family, const struct v6_record *record,
		       const struct v6_service *service, const struct v6_port_map *map,
		       uint64_t value)
{
	FILE *out = totals->samples[family];

	fprintf(out, "%s{", families[family].name);
	if (service) {
		put_label(out, "service", service->name);
		put_label(out, ",address", V6_TEXT(&service->address));
	}
	if (map)
		put_label(out, ",port", v6_map_text(map).s);
	put_label(out, service ? ",container" : "container", record->id);
	put_label(out, ",name", record->name);
	fprintf(out, "} %" PRIu64 "\n", value);
}

static void count_relay(struct totals *totals, const struct v6_record *record)
{
	struct v6_relay_counts counts;

	if (record->relay == V6_RELAY_OFF)
		return;
	totals->wanted++;
	if (v6_relay_look(totals->host, record, &counts) < 0)
		return;
	totals->relays++;
	put_sample(totals, RELAY_OPEN, record, NULL, NULL, counts.open);
	put_sample(totals, RELAY_LIMIT, record, NULL, NULL, counts.limit);
	put_sample(totals, RELAY_TAKEN, record, NULL, NULL, counts.taken);
	put_sample(totals, RELAY_REFUSED, record, NULL, NULL, counts.refused);
}

static int count_container(const struct v6_record *record, bool alive, void *data)
{
	struct totals *totals = data;
	struct v6_egress_look look;

	(void)alive;
	totals->records++;
	count_relay(totals, record);
	if (v6_egress_look(totals->host, record, &look, NULL) == 0 && look.active)
		put_sample(totals, EGRESS, record, look.service, NULL, look.connections);
	return 1;
}

static int count_claim(const struct claim *claim, void *data)
{
	struct totals *totals = data;

	totals->states[claim->look.state]++;
	/* those of a pod's other members are its owner's */
	if (claim->look.state == V6_CLAIM_UNKNOWN || claim->look.shared)
		return 0;
	put_sample(totals, CONNECTIONS, claim->record, claim->service, claim->map,
		   claim->look.connections);
	if (claim->look.has_bytes)
		put_sample(totals, BYTES, claim->record, claim->service, claim->map,
			   claim->look.bytes);
	if (claim->record->n_from > 0)
		put_sample(totals, CLIENTS, claim->record, claim->service, claim->map,
			   claim->record->n_from);
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

static void put_metrics(const struct totals *totals)
{
	struct failures auto_call(failures_release) failures;
	int i;

	failures_read(totals->host, &failures);
	printf("# TYPE oci_v6_containers gauge\n"
	       "# HELP oci_v6_containers Containers with services.\n"
	       "oci_v6_containers %" PRIu64 "\n",
	       totals->records);
	put_states(totals);
	printf("# TYPE oci_v6_relays gauge\n"
	       "# HELP oci_v6_relays Containers with v6.relay, by whether their relay runs.\n"
	       "oci_v6_relays{state=\"running\"} %" PRIu64 "\n"
	       "oci_v6_relays{state=\"missing\"} %" PRIu64 "\n",
	       totals->relays, totals->wanted - totals->relays);
	printf("# TYPE oci_v6_failed_containers gauge\n"
	       "# HELP oci_v6_failed_containers Containers whose last failure is kept.\n"
	       "oci_v6_failed_containers %zu\n",
	       failures.n);
	for (i = 0; i < N_FAMILIES; i++)
		printf("%s%s", families[i].head, totals->text[i]);
	puts("# EOF");
}

static bool open_samples(struct totals *totals)
{
	bool opened = true;
	int i;

	for (i = 0; i < N_FAMILIES; i++) {
		totals->samples[i] = open_memstream(&totals->text[i], &totals->size[i]);
		opened = opened && totals->samples[i];
	}
	return opened;
}

/* close_samples() - Return: whether all of them are there */
static bool close_samples(struct totals *totals)
{
	bool closed = true;
	int i;

	for (i = 0; i < N_FAMILIES; i++)
		closed = totals->samples[i] && fclose(totals->samples[i]) == 0 && closed;
	return closed;
}

static int run_metrics(struct v6_host *host, const struct command_arguments *args)
{
	static const struct claims_visit visit = {count_container, count_claim};
	struct totals auto_call(release_totals) totals = {.host = host};
	struct v6_error err;
	int ret = open_samples(&totals) ? claims_each(host, &visit, &totals, &err) : 0;

	(void)args;
	if (!close_samples(&totals))
		ret = v6_fail(&err, -ENOMEM, "metrics: %s", v6_strerror(ENOMEM));
	if (ret < 0)
		return command_fail(&err);
	put_metrics(&totals);
	return EXIT_DONE;
}

const struct command metrics_command = {
	.name = "metrics",
	.operands = "",
	.what = "print counts of all claims as OpenMetrics, for node_exporter",
	.looks = true,
	.run = run_metrics,
};
