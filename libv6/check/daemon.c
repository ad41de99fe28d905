/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether v6d runs, and whether users other than root reach it. The kernel's list of sockets tells
 * that without a connection, which would have systemd start v6d.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libv6/ipc.h>

#include "base/cleanup.h"
#include "base/lock.h"
#include "check/checker.h"
#include "check/daemon.h"

/* is_listener_line() - of /proc/net/unix: a socket of this path that accepts connections */
static bool is_listener_line(const char *line, const char *path)
{
	unsigned int flags;
	int size = 0;

	if (sscanf(line, "%*x: %*x %*x %x %*x %*x %*u %n", &flags, &size) != 1 || size == 0)
		return false;
	return (flags & __SO_ACCEPTCON) && strncmp(line + size, path, strlen(path)) == 0 &&
	       line[size + (int)strlen(path)] == '\n';
}

/* is_listened_on() - Return: 1, 0, or a negative errno: that can't be known */
static int is_listened_on(const char *path)
{
	auto_free char *line = NULL;
	FILE *file;
	struct stat st;
	size_t room = 0;
	int found = 0;

	if (stat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return 0;
	file = fopen("/proc/net/unix", "re");
	if (!file)
		return -errno;
	while (!found && getline(&line, &room, file) > 0)
		found = is_listener_line(line, path);
	fclose(file);
	return found;
}

/* is_running() - Check whether v6d holds its lock, which anybody may look at who may see it */
static bool is_running(const struct v6_host *host)
{
	return host->dir >= 0 && v6_host_is_watched(host);
}

static bool any_users(const struct v6_config *config)
{
	size_t i;

	for (i = 0; i < config->n_rules; i++)
		if (config->rules[i].users || config->rules[i].groups)
			return true;
	return false;
}

void v6_check_daemon(struct v6_checker *checker)
{
	const struct v6_host *host = checker->host;
	int listens = is_listened_on(V6_SOCKET_PATH);

	if (host->dir < 0 && host->unread.code != -ENOENT)
		v6_found(checker, listens > 0 ? V6_RESULT_GOOD : V6_RESULT_UNSEEN, "v6d", "",
			 listens > 0 ? "users reach it on " V6_SOCKET_PATH
				     : "only root sees whether it runs");
	else if (listens < 0)
		v6_found_unseen(checker, "v6d", "/proc/net/unix: cannot read it: %s",
				v6_strerror(listens));
	else if (is_running(host) && listens == 0)
		v6_found_fault(checker, "v6d", "systemctl restart v6d.socket v6d.service",
			       "it runs, but listens on no " V6_SOCKET_PATH
			       ": users other than root are not served");
	else if (is_running(host))
		v6_found_good(checker, "v6d", "it runs, and users reach it on " V6_SOCKET_PATH);
	else if (listens > 0)
		v6_found_good(
			checker, "v6d",
			"it does not run; systemd starts it when a user asks on " V6_SOCKET_PATH);
	else if (any_users(&host->config))
		v6_found_fault(checker, "v6d", "systemctl enable --now v6d.socket v6d.service",
			       "it does not run, and rules are there for users other than root");
	else
		v6_found_good(checker, "v6d", "it does not run; without, v6ctl reconcile repairs");
}
