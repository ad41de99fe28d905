/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record in the state directory: read, written again, and made into elements. */
#include <errno.h>

#include "apply/elements.h"
#include "base/address.h"
#include "store/claims.h"
#include "store/record.h"
#include "fuzz.h"

#define ID	  "3f2a91c04b77"
#define FILE_NAME "records/" ID ".json"

static void check_services(const struct v6_record *record)
{
	const struct v6_service *service;

	must(record->n_services >= 1 && record->n_services <= V6_RECORD_ADDRESSES_MAX);
	for (service = record->services; service < record->services + record->n_services;
	     service++) {
		must(strnlen(service->name, sizeof(service->name)) < sizeof(service->name));
		must(fuzz_is_harmless(service->name));
		must(v6_attach_name(service->attach));
	}
}

static void check_elements(const struct v6_record *record)
{
	size_t i, n = v6_claims_count(record);
	struct v6_nat_op op;

	/* what a container can ask for, and so what there can be room for */
	must(n >= 1 && n <= (V6_REQUEST_PORTS_MAX + V6_REQUEST_MAPS_MAX) * record->n_services);
	for (i = 0; i < n; i++) {
		op = v6_claim_element(record, i);
		must(op.owner == record->id && op.claim.port + op.claim.more <= 65535);
	}
}

static void check_again(struct v6_host *host, const struct v6_record *record)
{
	struct v6_record again = {.pid = 0};
	struct v6_error err = {0};
	size_t i;

	must(v6_record_save(host, record, &err) == 0);
	must(v6_record_load(host, ID, &again, &err) == 0);
	must(memcmp(again.id, record->id, sizeof(again.id)) == 0);
	must(again.pid == record->pid && again.started == record->started);
	must(again.n_services == record->n_services && again.n_maps == record->n_maps);
	must(memcmp(again.maps, record->maps, sizeof(again.maps)) == 0);
	must(memcmp(&again.destination.address, &record->destination.address, 16) == 0);
	must(memcmp(again.destination.mac, record->destination.mac, V6_MAC_SIZE) == 0);
	must(again.n_leaving == record->n_leaving && again.uid == record->uid);
	for (i = 0; i < again.n_leaving; i++)
		must(again.leaving[i].until == record->leaving[i].until &&
		     v6_address_equal(&again.leaving[i].service.address,
				      &record->leaving[i].service.address));
}

static int visit_record(const struct v6_record *record, bool alive, void *data)
{
	struct v6_state state = v6_record_state(record);
	size_t *n = data;

	(void)alive;
	must(state.uid == record->uid && state.engine < V6_ENGINES);
	(*n)++;
	return 0;
}

static void warn_of_record(const char *text, void *data)
{
	must(!data && fuzz_is_harmless(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_host *host = fuzz_host();
	struct v6_record record;
	struct v6_error err = {0};
	size_t n = 0;
	int ret;

	host->warn = warn_of_record;
	fuzz_write(FILE_NAME, data, size);
	must(v6_records_each(host, visit_record, &n, &err) == 0 && n <= 1);
	must(v6_record_load(host, "another", &record, &err) == -ENOENT);
	must(v6_record_load(host, "../records/" ID, &record, &err) == -ENOENT);
	err = (struct v6_error){0};
	ret = v6_record_load(host, ID, &record, &err);
	fuzz_check(ret, &err);
	if (ret < 0)
		return 0;
	check_services(&record);
	check_elements(&record);
	check_again(host, &record);
	return 0;
}
