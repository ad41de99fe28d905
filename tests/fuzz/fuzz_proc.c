/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of /proc, where processes have names of their own choice. */
#include <errno.h>

#include <libv6/kernel.h>
#include <libv6/oci.h>

#include "base/file.h"
#include "kernel/netns.h"
#include "fuzz.h"

static struct fuzz_input input;

/* In place of base/file.c's: every file is the input */
int __wrap_v6_file_read_at(int dir, const char *name, size_t max, char **ret_text,
			   size_t *ret_size);

int __wrap_v6_file_read_at(int dir, const char *name, size_t max, char **ret_text, size_t *ret_size)
{
	must(dir == -100 || dir >= 0);
	must(*name);
	if (input.size > max)
		return -E2BIG;
	*ret_text = fuzz_text(input.data, input.size);
	*ret_size = input.size;
	return 0;
}

/* name_member() - a container of a pod, by the command line of its monitor and its parents */
static void name_member(void)
{
	static const struct v6_annotation annotations[] = {
		{"v6.host/web", "web3"},
		{"v6.host", "web4"},
		{"v6.host/a-web", "web5"},
	};
	struct v6_state state = {
		.id = "3f2a91c04b77",
		.engine = V6_ENGINE_PODMAN,
		.member = true,
		.annotations = (struct v6_annotation *)annotations,
		.n_annotations = V6_ARRAY_SIZE(annotations),
	};

	v6_state_name(&state);
	must(!*state.name || v6_container_name_is_valid(state.name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_process process = {.name = ""};
	uint64_t ticks = 0;
	int ret;

	input = (struct fuzz_input){data, size};
	ret = v6_process_start(1, &ticks);
	must(ret == 0 || ret == -ESRCH || ret == -EIO || ret == -E2BIG);
	if (v6_process_name(1, &process) == 0)
		must(fuzz_is_harmless(process.name));
	name_member();
	return 0;
}
