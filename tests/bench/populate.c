/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * populate PID FROM TO PREFIX: publish services of one container's network, PREFIX:0:1 and on
 *
 * As so many hooks would, by the same function, but in one process. Their container ids are FROM to
 * TO, and so are the ends of their addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/store.h>
#include <libv6/verbs.h>

static void warn(const char *text, void *data)
{
	(void)data;
	fprintf(stderr, "populate: %s\n", text);
}

static int publish(struct v6_host *host, pid_t pid, unsigned int i, const char *prefix,
		   struct v6_error *err)
{
	struct v6_request request = {
		.n_hosts = 1,
		.maps = {{IPPROTO_TCP, 80, 80, 1}},
		.n_maps = 1,
		.required = true,
	};
	struct v6_state state = {.pid = pid, .engine = V6_ENGINE_PODMAN};

	snprintf(state.id, sizeof(state.id), "%064u", i);
	snprintf(request.hosts[0], sizeof(request.hosts[0]), "%s:%x:%x", prefix, i >> 16,
		 i & 0xffff);
	return v6_bind(host, &state, &request, err);
}

int main(int argc, char *argv[])
{
	unsigned int i, to = argc == 5 ? (unsigned int)atoi(argv[3]) : 0;
	struct v6_host *host;
	struct v6_error err;
	int ret;

	if (to == 0) {
		fputs("usage: populate PID FROM TO PREFIX\n", stderr);
		return 2;
	}
	ret = v6_host_open(V6_RUN_DIR, warn, NULL, &host, &err);
	for (i = (unsigned int)atoi(argv[2]); i <= to && ret == 0; i++)
		ret = publish(host, atoi(argv[1]), i, argv[4], &err);
	if (ret < 0) {
		fprintf(stderr, "populate: %s\n", err.text);
		return 1;
	}
	v6_host_close(host);
	return 0;
}
