/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine id, as a number. */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "store/machine.h"

int v6_machine_read(uint64_t *ret_machine, struct v6_error *err)
{
	auto_free char *machine = NULL;
	size_t size = 0;
	int ret = v6_file_read_at(AT_FDCWD, "/etc/machine-id", 64, &machine, &size);

	/* another answer now and then would be another machine */
	if (ret < 0 && ret != -ENOENT && ret != -E2BIG && ret != -EISDIR && ret != -ELOOP)
		return v6_fail(err, ret, "/etc/machine-id: cannot read it: %s", v6_strerror(ret));
	*ret_machine = v6_text_hash(machine ? machine : "", size);
	return 0;
}
