/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Annotations without the JSON around them: the first line is the container's name in its pod, each
 * other one KEY=VALUE. So the fuzzer gets to what is in a value without having to quote it.
 */
#include "fuzz.h"
#include "oci/request.h"
#include "request.h"

#define ANNOTATIONS_MAX 32

/* annotate() - the same lines as words of a command line */
static void annotate(const uint8_t *data, size_t size)
{
	struct v6_state state = {.id = "3f2a91c04b77", .pid = 1};
	auto_free char *text = fuzz_text(data, size);
	char *pairs[ANNOTATIONS_MAX], *rest = text;
	struct v6_error err = {0};
	size_t n = 0;
	int ret;

	strsep(&rest, "\n");
	while (rest && n < ANNOTATIONS_MAX)
		pairs[n++] = strsep(&rest, "\n");
	ret = v6_state_annotate(&state, pairs, n, &err);
	must(ret == (n > 0) || (ret < 0 && err.code == ret && fuzz_is_harmless(err.text)));
	if (ret > 0)
		request_check(&state);
	v6_state_release(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_annotation annotations[ANNOTATIONS_MAX];
	struct v6_state state = {.id = "3f2a91c04b77", .pid = 1, .annotations = annotations};
	auto_free char *text = fuzz_text(data, size);
	char *rest = text, *line = strsep(&rest, "\n"), *equals;

	if (v6_container_name_is_valid(line))
		memcpy(state.name, line, strlen(line) + 1);
	while (state.n_annotations < ANNOTATIONS_MAX && (line = strsep(&rest, "\n"))) {
		equals = strchr(line, '=');
		if (!equals)
			continue;
		*equals = '\0';
		annotations[state.n_annotations].key = line;
		annotations[state.n_annotations++].value = equals + 1;
	}
	request_check(&state);
	annotate(data, size);
	return 0;
}
