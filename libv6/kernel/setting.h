/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of interfaces that are changed for services, by their names. */
#ifndef V6_KERNEL_SETTING_H
#define V6_KERNEL_SETTING_H

#include <net/if.h>
#include <stdbool.h>

/* In the order in which they are put back: a host that forwards and has accept_ra 1 learns no
 * routes from routers, and an interface without IPv6 takes no address when those behind are changed
 */
enum v6_link_setting_kind {
	V6_SETTING_FORWARDING,
	V6_SETTING_FORCE_FORWARDING,
	V6_SETTING_PROXY_NDP,
	V6_SETTING_PROXY_DELAY,
	V6_SETTING_NDISC_NOTIFY,
	V6_SETTING_DISABLE_IPV6,
	V6_SETTING_ACCEPT_RA,
	V6_SETTING_ADDR_GEN_MODE,
	V6_SETTING_ACCEPT_REDIRECTS,
	V6_SETTING_KINDS,
};

/* struct v6_link_setting - one of an interface (@link is its name), of "all" or of "default" */
struct v6_link_setting {
	enum v6_link_setting_kind kind;
	char link[IF_NAMESIZE];
};

/* struct v6_link_setting_text - a setting as sysctl(8) takes it, by value, for printf() */
struct v6_link_setting_text {
	char s[sizeof("net.ipv6.neigh..") + IF_NAMESIZE + 32];
};

/* v6_link_setting_text() - name a setting; V6_SETTING(setting) is its string for one statement */
struct v6_link_setting_text v6_link_setting_text(const struct v6_link_setting *setting);
#define V6_SETTING(setting) (v6_link_setting_text(setting).s)

/**
 * v6_link_setting_parse() - Read what v6_link_setting_text() wrote
 * @text:	@size bytes
 *
 * Return: 0, or -EINVAL: no setting that we change
 */
int v6_link_setting_parse(const char *text, size_t size, struct v6_link_setting *ret_setting);

/* v6_link_setting_has_link() - Check whether a setting is of an interface, not of "all" or
 * "default" */
bool v6_link_setting_has_link(const struct v6_link_setting *setting);

/*
 * v6_link_setting_get() - Read a setting of the calling thread's network namespace
 * v6_link_setting_set() - Change it
 *
 * Return: 0, -ENOENT (not in this kernel, no such interface, or IPv6 is off) or another negative
 * errno
 */
int v6_link_setting_get(const struct v6_link_setting *setting, int *ret_value);
int v6_link_setting_set(const struct v6_link_setting *setting, int value);

#endif
