/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 settings of interfaces, read and written below /proc/sys. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/sysctl.h"

#define VALUE_SIZE 16

struct v6_sysctl_text v6_sysctl_text(const char *link)
{
	struct v6_sysctl_text text;
	char *dot;

	snprintf(text.s, sizeof(text.s), "%s", link);
	while ((dot = strchr(text.s, '.')))
		*dot = '/';
	return text;
}

/* A setting's path, and room for it */
#define SETTING_PATH	  "/proc/sys/net/ipv6/%s/%s/%s"
#define SETTING_PATH_SIZE (sizeof("/proc/sys/net/ipv6/neigh//") + IF_NAMESIZE + 32)

static int read_setting_file(const char *path, int *ret_value)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[VALUE_SIZE];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret_value = atoi(text);
	return 0;
}

int v6_sysctl_read(const char *tree, const char *link, const char *name, int *ret_value)
{
	char path[SETTING_PATH_SIZE];

	snprintf(path, sizeof(path), SETTING_PATH, tree, link, name);
	return read_setting_file(path, ret_value);
}

int v6_sysctl_bridge(const char *name, int *ret_value)
{
	char path[sizeof("/proc/sys/net/bridge/") + 32];

	snprintf(path, sizeof(path), "/proc/sys/net/bridge/%s", name);
	return read_setting_file(path, ret_value);
}

int v6_sysctl_write(const char *tree, const char *link, const char *name, int value)
{
	char path[SETTING_PATH_SIZE], text[VALUE_SIZE];
	int size = snprintf(text, sizeof(text), "%d\n", value);
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), SETTING_PATH, tree, link, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, text, (size_t)size) < 0 ? -errno : 0;
}

int v6_sysctl_get(const char *link, const char *name, int *ret_value)
{
	return v6_sysctl_read("conf", link, name, ret_value);
}

int v6_sysctl_set(const char *link, const char *name, int value)
{
	return v6_sysctl_write("conf", link, name, value);
}

int v6_ipv6_check(const char *link, struct v6_error *err)
{
	int off = 0;

	if (v6_sysctl_get("all", "disable_ipv6", &off) < 0)
		return v6_fail(err, -EAFNOSUPPORT,
			       "this host has no IPv6; boot without ipv6.disable=1");
	if (off)
		return v6_fail(err, -EAFNOSUPPORT,
			       "IPv6 is off on this host; sysctl net.ipv6.conf.all.disable_ipv6=0");
	if (*link && v6_sysctl_get(link, "disable_ipv6", &off) == 0 && off)
		return v6_fail(
			err, -EAFNOSUPPORT,
			"IPv6 is off on interface %s; sysctl net.ipv6.conf.%s.disable_ipv6=0", link,
			V6_SYSCTL(link));
	return 0;
}

int v6_ipv6_check_inner(const char *link, struct v6_error *err)
{
	int off = 0, made_off = 0;

	if (v6_ipv6_check("", err) < 0)
		return -EAFNOSUPPORT;
	v6_sysctl_get(link, "disable_ipv6", &off);
	v6_sysctl_get("default", "disable_ipv6", &made_off);
	if (!off || !made_off)
		return v6_ipv6_check(link, err);
	return v6_fail(
		err, -EAFNOSUPPORT,
		"IPv6 is off on interface %s, as on each new interface; sysctl net.ipv6.conf.default.disable_ipv6=0",
		link);
}
