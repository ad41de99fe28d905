/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a namespace that is gone may come to stand for a new one with the same inode; the
 * cookie is never used again.
 *
 * v6_netns_cookie() in kernel/netns.c: a record that was made for a namespace's file, without a
 * process, lives as long as the file stands for that namespace (store/life.c).
 *
 * Kernel: net_gen_cookie() in net/core/net_namespace.c (SO_NETNS_COOKIE, 5.14); proc_alloc_inum()
 * in fs/proc/generic.c.
 */
#include "kernel/netns.h"
#include "netns.h"

/* A namespace takes many numbers, for files of /proc as well, and they are freed some time after
 * it: it is by chance that one comes back as that of a namespace
 */
#define TRIES 300

struct identity {
	uint64_t inode, cookie;
};

static struct identity identify(int fd)
{
	struct identity id = {0, 0};
	struct v6_error err;

	need(v6_netns_inode(fd, &id.inode) == 0, "inode");
	if (v6_netns_cookie(fd, &id.cookie, &err) < 0)
		need(false, err.text);
	return id;
}

/* made_anew() - a namespace with the inode of one that is gone */
static bool made_anew(const struct identity *gone, struct identity *ret_anew)
{
	auto_fd int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	bool found = false;
	int i, fd;

	for (i = 0; i < TRIES && !found; i++) {
		fd = netns_new();
		*ret_anew = identify(fd);
		found = ret_anew->inode == gone->inode;
		netns_enter(home);
		close(fd);
		pause_a_little();
	}
	return found;
}

int main(void)
{
	struct identity gone, anew, again;
	int home, fd, path = -1;
	struct v6_error err;

	plan(7);
	home = netns_new();
	fd = netns_new();
	gone = identify(fd);
	again = identify(fd);
	ok(gone.cookie == again.cookie, "a namespace keeps its cookie");
	netns_enter(home);
	ok(identify(home).cookie != gone.cookie, "another one has another");
	close(fd);

	if (made_anew(&gone, &anew))
		ok_since(5, 14, anew.cookie != gone.cookie,
			 "an inode comes back, its cookie doesn't");
	else
		skip("an inode comes back, its cookie doesn't", "it did not come back");

	is(v6_netns_open_path("/proc/self/ns/net", &path, &err), 0,
	   "a file stands for a namespace");
	ok(identify(path).cookie == identify(home).cookie, "which is the one meant");
	close(path);
	is(v6_netns_open_path("/proc/self/ns/mnt", &path, &err), -EINVAL,
	   "one of mounts does not do");
	is(v6_netns_open_path("/dev/null", &path, &err), -EINVAL, "nor does anything else");
	return done();
}
