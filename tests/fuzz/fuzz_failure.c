/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of last failures, which v6ctl shows. */
#include "fuzz.h"

#define FILE_NAME "failures/7f"

static int check_failure(const struct v6_failure *failure, void *data)
{
	size_t *n = data;

	must(strnlen(failure->id, sizeof(failure->id)) < sizeof(failure->id));
	must(strnlen(failure->text, sizeof(failure->text)) < sizeof(failure->text));
	must(fuzz_is_harmless(failure->id) && fuzz_is_harmless(failure->text));
	must(fuzz_is_harmless(failure->hosts) && fuzz_is_harmless(failure->name));
	must(!v6_failure_is_about(failure, ""));
	(*n)++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_annotation asked = {(char *)"v6.host", (char *)"web3 2001:db8::203"};
	struct v6_state started = {.id = "other", .annotations = &asked, .n_annotations = 1};
	size_t n = 0;

	fuzz_write(FILE_NAME, data, size);
	must(v6_failures_each(fuzz_dir(), check_failure, &n) == 0);
	must(n <= 1);
	must(v6_failure_forget(fuzz_dir(), &started) == 0);
	n = 0;
	must(v6_failures_each(fuzz_dir(), check_failure, &n) == 0);
	must(n <= 1);
	return 0;
}
