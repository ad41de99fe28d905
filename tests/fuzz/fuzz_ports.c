/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of v6.ports, and that of the ports in rules. */
#include "fuzz.h"
#include "oci/ports.h"

static void check_map(const struct v6_port_map *map)
{
	must(map->count >= 1);
	if (map->protocol == V6_PROTOCOL_ALL) {
		must(map->service_port == 0 && map->target_port == 0 && map->count == 1);
		return;
	}
	must(map->service_port >= 1 && map->service_port + map->count <= 65536);
	must(map->target_port >= 1 && map->target_port + map->count <= 65536);
	must(!v6_map_is_wide(map) || map->service_port == map->target_port);
}

/* check_written() - written out, it reads as the same */
static void check_written(const struct v6_port_map *map)
{
	struct v6_port_map again[V6_REQUEST_MAPS_MAX];
	struct v6_map_text text = v6_map_text(map);
	size_t n;

	must(v6_ports_parse(text.s, again, &n, NULL) == 0 && n == 1);
	must(again->protocol == map->protocol && again->service_port == map->service_port &&
	     again->target_port == map->target_port && again->count == map->count);
}

static void check_maps(const struct v6_port_map *maps, size_t n)
{
	unsigned int singles = 0;
	size_t i, j;

	must(n >= 1 && n <= V6_REQUEST_MAPS_MAX);
	for (i = 0; i < n; i++) {
		check_map(&maps[i]);
		check_written(&maps[i]);
		singles += v6_map_is_wide(&maps[i]) ? 0 : maps[i].count;
		for (j = 0; j < i; j++)
			must(!v6_maps_overlap(&maps[i], &maps[j]));
	}
	must(singles <= V6_REQUEST_PORTS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	auto_free char *text = fuzz_text(data, size);
	struct v6_port_range range;
	struct v6_error err = {0};
	size_t n = 0;
	int ret = v6_ports_parse(text, maps, &n, &err);

	fuzz_check(ret, &err);
	if (ret == 0)
		check_maps(maps, n);

	ret = v6_port_range_parse(text, &range, &err);
	fuzz_check(ret, &err);
	if (ret == 0)
		must(range.first >= 1 && range.first <= range.last && range.protocol);
	return 0;
}
