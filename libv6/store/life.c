/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a record's life hangs on: the container's init or, where somebody binds a network namespace
 * by hand, the file that stands for it. A process is named for good by its number and its start, a
 * namespace by its cookie; a number, an inode or a path alone may come back as another one's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/netns.h"
#include "store/life.h"

static bool by_file(const struct v6_record *record)
{
	return *record->netns_path;
}

static int open_netns(const struct v6_record *record, int *ret_fd, struct v6_error *err)
{
	return by_file(record) ? v6_netns_open_path(record->netns_path, ret_fd, err)
			       : v6_netns_open(record->pid, ret_fd, err);
}

static int note_start(struct v6_record *record, struct v6_error *err)
{
	int ret = by_file(record) ? 0 : v6_process_start(record->pid, &record->started);

	if (ret == -ESRCH)
		return v6_fail(err, ret, "process %d: it has exited", record->pid);
	return ret < 0 ? v6_fail(err, ret, "process %d: cannot tell when it began: %s", record->pid,
				 v6_strerror(ret))
		       : 0;
}

/* identify_netns() - what tells the namespace from others */
static int identify_netns(const struct v6_record *record, int fd, uint64_t *ret_inode,
			  uint64_t *ret_cookie, struct v6_error *err)
{
	int ret = v6_netns_inode(fd, ret_inode);

	if (ret < 0)
		return v6_fail(err, ret, "cannot look at a namespace: %s", v6_strerror(ret));
	*ret_cookie = 0;
	return by_file(record) ? v6_netns_cookie(fd, ret_cookie, err) : 0;
}

int v6_life_begin(const struct v6_state *state, struct v6_record *record, int *ret_netns,
		  struct v6_error *err)
{
	auto_fd int fd = -1;
	int ret;

	if (state->pid == 0 && !*state->netns)
		return v6_fail(
			err, -EINVAL,
			"the container state has no pid; bind belongs to the createRuntime stage");
	record->pid = state->pid;
	memcpy(record->netns_path, state->netns, sizeof(record->netns_path));
	ret = note_start(record, err);
	if (ret == 0)
		ret = open_netns(record, &fd, err);
	if (ret == 0)
		ret = identify_netns(record, fd, &record->netns, &record->netns_cookie, err);
	if (ret == 0)
		*ret_netns = v6_steal_fd(&fd);
	return ret;
}

/* is_same_netns() - whether a namespace is the record's; without a cookie its inode has to do */
static int is_same_netns(const struct v6_record *record, int fd, struct v6_error *err)
{
	uint64_t inode = 0, cookie = 0;
	int ret = identify_netns(record, fd, &inode, &cookie, err);

	if (ret < 0)
		return ret;
	return inode == record->netns && cookie == record->netns_cookie;
}

int v6_record_netns(const struct v6_record *record, int *ret_fd, struct v6_error *err)
{
	auto_fd int fd = -1;
	int ret = open_netns(record, &fd, err);

	if (ret == 0)
		ret = is_same_netns(record, fd, err);
	if (ret == 0 && by_file(record))
		return v6_fail(err, -ESRCH, "%s: it is another network namespace now",
			       record->netns_path);
	if (ret == 0)
		return v6_fail(err, -ESRCH, "process %d: it has moved to another network",
			       record->pid);
	if (ret < 0)
		return ret;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

/* is_numbered() - Check whether an inode is that of the record's namespace; another one may have
 * got the number since
 */
static bool is_numbered(const struct v6_record *record, int fd)
{
	uint64_t inode;

	return v6_netns_inode(fd, &inode) == 0 && inode == record->netns;
}

/* is_file_seen() - Check whether a file would be seen if it was there: v6d in a pod of Kubernetes
 * does not see the host's
 */
static bool is_file_seen(const char *file)
{
	const char *slash = strrchr(file, '/');
	char directory[V6_NETNS_PATH_MAX + 1];

	if (!slash)
		return false;
	snprintf(directory, sizeof(directory), "%.*s/", (int)(slash - file), file);
	return faccessat(AT_FDCWD, directory, F_OK, 0) == 0;
}

/* may_outlive_file() - Check whether somebody may be in a namespace that no file stands for any
 * more: a file that was a process, such as a pod's first one, or one that an administrator removed
 */
static bool may_outlive_file(const struct v6_record *record)
{
	const char *file = record->netns_file;

	return by_file(record) ||
	       (*file && (strncmp(file, "/proc/", strlen("/proc/")) == 0 || !is_file_seen(file)));
}

int v6_record_last_netns(const struct v6_record *record, int *ret_fd, struct v6_error *err)
{
	auto_fd int fd = -1;
	int ret = v6_record_netns(record, &fd, NULL);

	if (ret < 0 && *record->netns_file &&
	    v6_netns_open_path(record->netns_file, &fd, NULL) == 0)
		ret = is_numbered(record, fd) ? 0 : -ESRCH;
	if (ret < 0 && may_outlive_file(record)) {
		v6_cleanup_fd(&fd);
		fd = -1;
		ret = v6_netns_seek(record->netns, &fd);
	}
	if (ret < 0)
		return v6_fail(err, -ESRCH, "no process is left in its network");
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int v6_record_target_netns(const struct v6_record *record, int *ret_fd, uint64_t *ret_inode,
			   struct v6_error *err)
{
	auto_fd int inside = -1, fd = -1;
	uint64_t inode = record->netns;
	int ret = v6_record_netns(record, &inside, err);

	if (ret == 0 && record->uid != 0)
		ret = v6_netns_open_path("/proc/thread-self/ns/net", &fd, err);
	if (ret == 0 && record->uid != 0 && v6_netns_inode(fd, &inode) < 0)
		return v6_fail(err, -errno, "cannot look at a namespace: %s", v6_strerror(errno));
	if (ret < 0)
		return ret;
	*ret_fd = v6_steal_fd(record->uid != 0 ? &fd : &inside);
	*ret_inode = inode;
	return 0;
}

/* is_another() - whether opening a path failed because it stands for no namespace any more; -ENXIO:
 * it is a socket
 */
static bool is_another(int code)
{
	return code == -ENOENT || code == -ENOTDIR || code == -ELOOP || code == -EINVAL ||
	       code == -ENXIO || code == -ENODEV;
}

static int file_alive(const struct v6_record *record)
{
	auto_fd int fd = -1;
	int ret = v6_netns_open_path(record->netns_path, &fd, NULL);

	if (is_another(ret))
		return 0;
	return ret < 0 ? ret : is_same_netns(record, fd, NULL);
}

int v6_record_alive(const struct v6_record *record)
{
	uint64_t started = 0;
	int ret;

	if (by_file(record))
		return file_alive(record);
	ret = v6_process_start(record->pid, &started);
	if (ret < 0)
		return ret == -ESRCH ? 0 : ret;
	return started == record->started;
}

bool v6_record_is_same_life(const struct v6_record *record, const struct v6_record *other)
{
	if (by_file(record) && by_file(other))
		return true;
	if (by_file(record) || by_file(other))
		return record->netns == other->netns;
	return record->pid == other->pid && record->started == other->started;
}

bool v6_record_outlives_stop(const struct v6_record *record, const struct v6_state *state)
{
	return !by_file(record) && record->pid != state->pid && v6_record_alive(record) > 0;
}
