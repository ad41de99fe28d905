/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"
#include "base/cleanup.h"
#include "oci/from.h"
#include "oci/request.h"
#include "request.h"

static void check_host(const char *host)
{
	size_t size = strlen(host);

	must(size >= 1 && size <= V6_NAME_MAX);
	must(strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.:") == size);
	must(*host != '-' && *host != '.');
}

static void check_hosts(const struct v6_request *request)
{
	size_t i, j;

	must(request->n_hosts <= V6_REQUEST_HOSTS_MAX);
	for (i = 0; i < request->n_hosts; i++) {
		check_host(request->hosts[i]);
		for (j = 0; j < i; j++)
			must(strcmp(request->hosts[i], request->hosts[j]) != 0);
	}
}

static void check_maps(const struct v6_request *request)
{
	const struct v6_port_map *map;

	must(request->n_maps >= 1 && request->n_maps <= V6_REQUEST_MAPS_MAX);
	for (map = request->maps; map < request->maps + request->n_maps; map++)
		must(map->count >= 1 && map->service_port + map->count <= 65536);
}

static void check_from(const struct v6_request *request)
{
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};
	size_t i;

	if (!request->from)
		return;
	must(v6_from_parse(request->from, &from, NULL) == 0);
	must(from.n >= 1 && from.n <= V6_FROM_MAX);
	for (i = 1; i < from.n; i++)
		must(v6_prefix_compare(&from.list[i - 1], &from.list[i]) < 0 &&
		     !v6_prefix_lies_in(&from.list[i], &from.list[i - 1]));
}

void request_check(const struct v6_state *state)
{
	struct v6_request request = {.n_hosts = 0};
	char name[V6_INTERFACE_SIZE];
	struct v6_error err = {0};
	int ret = v6_request_from_state(state, &request, &err);

	fuzz_check(ret, &err);
	if (ret < 0)
		return;
	check_hosts(&request);
	check_maps(&request);
	check_from(&request);
	if (*request.interface)
		must(v6_interface_parse(request.interface, name, NULL) == 0);
}
