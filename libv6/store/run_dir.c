/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State directories: apart from the host, for programs that want nothing else of it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "store/run_dir.h"

int v6_run_dir_find(const char *run_dir, int *ret_fd, struct v6_error *err)
{
	auto_fd int fd = -1;
	struct stat st;

	fd = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return v6_fail(err, -errno, "%s: cannot open it: %s", run_dir,
			       errno == EACCES ? "not allowed; run as root" : v6_strerror(errno));
	/* what is read from here decides about the host's network */
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return v6_fail(err, -EPERM,
			       "%s: others than root may write there; remove it, it is made again",
			       run_dir);
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int v6_run_dir_open(const char *run_dir, int *ret_fd, struct v6_error *err)
{
	struct v6_error why;
	int ret = v6_run_dir_find(run_dir, ret_fd, &why);

	if (ret != -ENOENT)
		return ret < 0 ? v6_fail(err, ret, "%s", why.text) : 0;
	if (mkdir(run_dir, 0700) < 0 && errno != EEXIST)
		return v6_fail(err, -errno, "%s: cannot make it: %s", run_dir,
			       errno == EACCES ? "not allowed; run as root" : v6_strerror(errno));
	return v6_run_dir_find(run_dir, ret_fd, err);
}
