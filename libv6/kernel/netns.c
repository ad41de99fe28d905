/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces: opened, identified, entered and left again. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/net_namespace.h>
#include <linux/nsfs.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/netns.h"

/* 52 numbers of 20 digits, most of which are 0 */
#define STAT_SIZE_MAX V6_FILE_PIECE_MAX

#define PROCESSES_SOUGHT_MAX 32768

/* More than create_user_ns() in linux/kernel/user_namespace.c allows */
#define USERNS_DEPTH_MAX 34

int v6_netns_open(pid_t pid, int *ret_fd, struct v6_error *err)
{
	char path[sizeof("/proc/-2147483648/ns/net")];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return v6_fail(err, -ESRCH, "process %d: it has exited", pid);
	if (fd < 0)
		return v6_fail(err, -errno, "process %d: cannot open its network namespace: %s",
			       pid,
			       errno == EACCES ? "not allowed; run as root" : v6_strerror(errno));

	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

/* is_netns() - whether a file stands for a network namespace, and not for one of another kind */
static bool is_netns(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC &&
	       ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

int v6_netns_open_path(const char *path, int *ret_fd, struct v6_error *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return v6_fail(err, -errno, "%s: cannot open it: %s", path,
			       errno == EACCES ? "not allowed; run as root" : v6_strerror(errno));
	if (!is_netns(fd))
		return v6_fail(err, -EINVAL, "%s: it is no network namespace; see ip netns", path);
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

static int ask_cookie(void *data, struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	int ret = v6_nl_open(NETLINK_ROUTE, &nl, err);

	if (ret == 0)
		*(uint64_t *)data = v6_nl_cookie(&nl);
	return ret;
}

int v6_netns_cookie(int fd, uint64_t *ret_cookie, struct v6_error *err)
{
	uint64_t cookie = 0;
	int ret = v6_netns_call(fd, ask_cookie, &cookie, err);

	if (ret == 0)
		*ret_cookie = cookie;
	return ret;
}

int v6_netns_inode(int fd, uint64_t *ret_inode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}

/* struct netns_seeking - a namespace that is looked for; @left: how many more processes */
struct netns_seeking {
	uint64_t inode;
	int left;
	int fd;
};

/* seek_in_process() - the file is looked at before it is opened, and afterwards */
static int seek_in_process(int proc, const char *name, void *data)
{
	struct netns_seeking *seeking = data;
	char path[sizeof("2147483647/ns/net")];
	uint64_t inode = 0;
	struct stat st;
	auto_fd int fd = -1;
	int size = snprintf(path, sizeof(path), "%s/ns/net", name);

	if (name[strspn(name, "0123456789")] || size < 0 || (size_t)size >= sizeof(path))
		return 0;
	if (--seeking->left < 0)
		return -ESRCH;
	if (fstatat(proc, path, &st, 0) < 0 || st.st_ino != seeking->inode)
		return 0;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || v6_netns_inode(fd, &inode) < 0 || inode != seeking->inode)
		return 0;
	seeking->fd = v6_steal_fd(&fd);
	return -EEXIST; /* enough */
}

int v6_netns_seek(uint64_t inode, int *ret_fd)
{
	struct netns_seeking seeking = {inode, PROCESSES_SOUGHT_MAX, -1};
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = v6_dir_each(fd < 0 ? -errno : fd, seek_in_process, &seeking);

	if (ret != -EEXIST)
		return ret < 0 ? ret : -ESRCH;
	*ret_fd = seeking.fd;
	return 0;
}

int v6_netns_is_of(int fd, uid_t uid)
{
	auto_fd int userns = ioctl(fd, NS_GET_USERNS);
	int parent, depth;
	uid_t owner;

	for (depth = 0; userns >= 0 && depth < USERNS_DEPTH_MAX; depth++) {
		if (ioctl(userns, NS_GET_OWNER_UID, &owner) < 0)
			return -errno;
		if (owner == uid)
			return 1;
		parent = ioctl(userns, NS_GET_PARENT);
		v6_cleanup_fd(&userns);
		userns = parent;
	}
	/* what is above all that we may see */
	return userns < 0 && errno != EPERM ? -errno : 0;
}

static bool is_same_file(int a, int b)
{
	struct stat first, second;

	return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
	       first.st_dev == second.st_dev;
}

int v6_process_master(pid_t pid, uid_t uid, uid_t *ret_uid)
{
	char path[sizeof("/proc/-2147483648/ns/user")];
	auto_fd int ours = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	auto_fd int userns = -1;
	int parent, depth;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	if (ours < 0 || userns < 0)
		return -errno;
	for (depth = 0; depth < USERNS_DEPTH_MAX && !is_same_file(userns, ours); depth++) {
		if (ioctl(userns, NS_GET_OWNER_UID, &uid) < 0)
			return -errno;
		parent = ioctl(userns, NS_GET_PARENT);
		if (parent < 0)
			return -errno;
		v6_cleanup_fd(&userns);
		userns = parent;
	}
	*ret_uid = uid;
	return 0;
}

static int keep_id(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct rtgenmsg))
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			V6_NL_VALUE(attr, (int32_t *)data);
	return MNL_CB_OK;
}

static struct nlmsghdr *request_id(char *request, uint16_t type, int fd)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);

	header->nlmsg_type = type;
	mnl_nlmsg_put_extra_header(header, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(header, NETNSA_FD, (uint32_t)fd);
	return header;
}

void v6_netns_question(struct v6_nl_question *question, int fd, int *ret_id)
{
	*question = (struct v6_nl_question){.answer = keep_id, .data = ret_id};
	request_id(question->request.bytes, RTM_GETNSID, fd);
}

int v6_netns_id(struct v6_nl *nl, int fd, int *ret_id)
{
	union v6_nl_message request = {{0}};
	int id = -1, ret = v6_nl_talk(nl, request_id(request.bytes, RTM_GETNSID, fd), keep_id, &id);

	if (ret == 0)
		*ret_id = id;
	return ret;
}

int v6_netns_name(struct v6_nl *nl, int fd, int *ret_id)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = request_id(request.bytes, RTM_NEWNSID, fd);
	int id = -1, ret = v6_netns_id(nl, fd, &id);

	if (ret == 0 && id < 0) {
		mnl_attr_put_u32(header, NETNSA_NSID, (uint32_t)-1); /* whichever is free */
		ret = v6_nl_talk(nl, header, NULL, NULL);
		/* -EEXIST: somebody else was quicker, as a link into it does the same */
		if (ret == 0 || ret == -EEXIST)
			ret = v6_netns_id(nl, fd, &id);
	}
	if (ret == 0)
		*ret_id = id;
	return ret;
}

static int fail_enter(int code, struct v6_error *err)
{
	return v6_fail(err, -code, "cannot enter the network namespace: %s%s", v6_strerror(code),
		       code == EPERM ? "; run as root with CAP_SYS_ADMIN" : "");
}

int v6_netns_call(int fd, int (*call)(void *data, struct v6_error *err), void *data,
		  struct v6_error *err)
{
	auto_fd int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int ret;

	if (home < 0)
		return v6_fail(err, -errno, "/proc: cannot open our network namespace: %s",
			       v6_strerror(errno));
	if (setns(fd, CLONE_NEWNET) < 0) {
		/* where we are already, no rights are needed */
		if (errno == EPERM && is_same_file(fd, home))
			return call(data, err);
		return fail_enter(errno, err);
	}
	ret = call(data, err);
	if (setns(home, CLONE_NEWNET) < 0) {
		/* whatever we did next would hit the wrong network */
		fprintf(stderr, "%s: cannot go back to the host's network: %s\n",
			program_invocation_short_name, v6_strerror(errno));
		abort();
	}
	return ret;
}

/* find_stat_field() - the n-th field of a stat line, counted from the state (3), behind the name in
 * () that may itself hold anything
 */
static const char *find_stat_field(const char *stat, int n)
{
	const char *at = strrchr(stat, ')');
	int i;

	for (i = 2; at && i < n; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at;
}

int v6_process_start(pid_t pid, uint64_t *ret_ticks)
{
	char path[sizeof("/proc/-2147483648/stat")];
	auto_free char *stat = NULL;
	const char *state, *threads, *start;
	size_t size;
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	ret = v6_file_read_at(AT_FDCWD, path, STAT_SIZE_MAX, &stat, &size);
	if (ret == -ENOENT)
		return -ESRCH;
	if (ret < 0)
		return ret;

	state = find_stat_field(stat, 3);
	threads = find_stat_field(stat, 20);
	start = find_stat_field(stat, 22);
	if (!state || !start)
		return -EIO;
	/* a leader that has ended while its threads go on is a zombie, too */
	if ((*state == 'Z' || *state == 'X') && (!threads || strtol(threads, NULL, 10) < 2))
		return -ESRCH;
	*ret_ticks = strtoull(start, NULL, 10);
	return 0;
}

bool v6_process_wait(pid_t pid, int timeout_ms)
{
	auto_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd exited = {.fd = fd, .events = POLLIN};

	return fd >= 0 ? poll(&exited, 1, timeout_ms) > 0 : errno == ESRCH;
}
