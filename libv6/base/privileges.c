/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drop the capabilities that this program does not need. */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/privileges.h"

static const uint8_t needed[] = {
	CAP_NET_ADMIN,	     /* nf_tables, addresses, routes, settings of links */
	CAP_NET_RAW,	     /* neighbour discovery of our own */
	CAP_SYS_ADMIN,	     /* to enter a network namespace */
	CAP_SYS_PTRACE,	     /* to open that of a process with other rights than ours */
	CAP_DAC_READ_SEARCH, /* to find a namespace's file, or whose socket it is, wherever */
};

/* keep_needed() - of a set in two halves; @more, too */
static void keep_needed(uint64_t more, uint32_t *low, uint32_t *high)
{
	uint64_t keep = more;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(needed); i++)
		keep |= UINT64_C(1) << needed[i];
	*low &= (uint32_t)keep;
	*high &= (uint32_t)(keep >> 32);
}

/* drop_capabilities() - without libcap, which would be a library more in every start */
static int drop_capabilities(uint64_t more)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	keep_needed(more, &data[0].permitted, &data[1].permitted);
	keep_needed(more, &data[0].effective, &data[1].effective);
	data[0].inheritable = data[1].inheritable = 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int v6_privileges_drop(uint64_t more, struct v6_error *err)
{
	int ret = drop_capabilities(more);

	/* or root would have them all again in the next program */
	if (ret == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		ret = -errno;
	return ret < 0 ? v6_fail(err, ret, "cannot give up privileges: %s", v6_strerror(ret)) : 0;
}
