/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 settings of interfaces, read and written below /proc/sys. */
#ifndef V6_KERNEL_SYSCTL_H
#define V6_KERNEL_SYSCTL_H

#include <net/if.h>

#include <libv6/base.h>

/* struct v6_sysctl_text - a link's name within a setting's, by value, for printf() */
struct v6_sysctl_text {
	char s[IF_NAMESIZE];
};

/* v6_sysctl_text() - the name of a link as sysctl(8) takes it: eth0/7 for the VLAN eth0.7;
 * V6_SYSCTL(link) is its string for one statement
 */
struct v6_sysctl_text v6_sysctl_text(const char *link);
#define V6_SYSCTL(link) (v6_sysctl_text(link).s)

/**
 * v6_sysctl_get() - Read net.ipv6.conf.LINK.NAME of the calling thread's network namespace
 * @link:	Link's name, "all" or "default"
 * @name:	"forwarding" and the like
 *
 * Return: 0, -ENOENT (not in this kernel, no such link, or IPv6 is off) or another negative errno
 */
int v6_sysctl_get(const char *link, const char *name, int *ret_value);
int v6_sysctl_set(const char *link, const char *name, int value);

/* v6_sysctl_read(), v6_sysctl_write() - the same of net.ipv6.TREE.LINK.NAME, @tree being "conf" or
 * "neigh"
 */
int v6_sysctl_read(const char *tree, const char *link, const char *name, int *ret_value);
int v6_sysctl_write(const char *tree, const char *link, const char *name, int value);

/* v6_sysctl_bridge() - Read net.bridge.NAME. Return: 0, -ENOENT (no br_netfilter) or another errno
 */
int v6_sysctl_bridge(const char *name, int *ret_value);

/**
 * v6_ipv6_check() - Explain a failure by IPv6 being off, where it is
 * @link:	Name of the link concerned, or "": none in particular
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 (it is on) or -EAFNOSUPPORT
 */
int v6_ipv6_check(const char *link, struct v6_error *err);

/* v6_ipv6_check_inner() - the same, of a link to containers: engines make their bridges anew, and
 * then the setting for new links decides
 */
int v6_ipv6_check_inner(const char *link, struct v6_error *err);

#endif
