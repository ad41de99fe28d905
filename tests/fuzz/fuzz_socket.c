/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request at v6d's door, and its answer on the other side. */
#include <libv6/apply.h>

#include "ipc/looks.h"
#include "ipc/message.h"
#include "store/host.h"
#include "fuzz.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	struct v6_socket_request request = {.state = {.pid = 0}};
	struct v6_told told = {NULL, 0};
	struct v6_failure failure;
	struct v6_error err = {0};
	size_t i;
	int ret = v6_socket_request_parse((const char *)data, size, &request, &err);

	fuzz_check(ret, &err);
	if (ret == 0) {
		must(request.verb < V6_SOCKET_VERBS && request.state.uid == 0);
		must(request.verb != V6_SOCKET_LIST || !request.state.annotations);
	}
	if (ret == 0 && request.verb != V6_SOCKET_LIST)
		request_check(&request.state);
	v6_state_release(&request.state);

	err = (struct v6_error){0};
	ret = v6_socket_failure_parse(text, &err);
	must(ret < 0 && ret >= -4095 && err.code == ret && fuzz_is_harmless(err.text));

	err = (struct v6_error){0};
	fuzz_check(v6_looks_parse(text, &told, &err), &err);
	for (i = 0; i < told.n; i++)
		must(told.looks[i].state < V6_CLAIM_STATES && !*told.looks[i].holder);
	v6_told_release(&told);

	if (v6_socket_kept_parse(text, &failure) == 0)
		must(fuzz_is_harmless(failure.id) && fuzz_is_harmless(failure.hosts) &&
		     fuzz_is_harmless(failure.name) && fuzz_is_harmless(failure.text));
	return 0;
}
