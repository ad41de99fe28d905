/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of interfaces that are changed for services: their names, and their values below
 * /proc/sys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/setting.h"
#include "kernel/sysctl.h"

#define SETTING_PREFIX "net.ipv6."

/* In the order of enum v6_link_setting_kind: net.ipv6.@tree.LINK.@name */
static const struct {
	const char *tree;
	const char *name;
} setting_names[V6_SETTING_KINDS] = {
	{"conf", "forwarding"},	  {"conf", "force_forwarding"}, {"conf", "proxy_ndp"},
	{"neigh", "proxy_delay"}, {"conf", "ndisc_notify"},	{"conf", "disable_ipv6"},
	{"conf", "accept_ra"},	  {"conf", "addr_gen_mode"},	{"conf", "accept_redirects"},
};

struct v6_link_setting_text v6_link_setting_text(const struct v6_link_setting *setting)
{
	struct v6_link_setting_text text;

	snprintf(text.s, sizeof(text.s), SETTING_PREFIX "%s.%s.%s",
		 setting_names[setting->kind].tree, V6_SYSCTL(setting->link),
		 setting_names[setting->kind].name);
	return text;
}

/* read_setting_link() - what is between the tree and the name, in which a slash stands for a dot */
static int read_setting_link(const char *text, const char *end, char *ret_link)
{
	size_t i, size = (size_t)(end - text);

	if (size == 0 || size >= IF_NAMESIZE || memchr(text, '.', size))
		return -EINVAL;
	for (i = 0; i < size; i++)
		ret_link[i] = text[i] == '/' ? '.' : text[i];
	ret_link[size] = '\0';
	/* these would lead out of the directory */
	return strcmp(ret_link, ".") == 0 || strcmp(ret_link, "..") == 0 ? -EINVAL : 0;
}

int v6_link_setting_parse(const char *text, size_t size, struct v6_link_setting *ret_setting)
{
	struct v6_link_setting setting = {.kind = 0};
	size_t before, behind;
	const char *tree, *name;

	for (; setting.kind < V6_SETTING_KINDS; setting.kind++) {
		tree = setting_names[setting.kind].tree;
		name = setting_names[setting.kind].name;
		before = strlen(SETTING_PREFIX) + strlen(tree) + 1;
		behind = strlen(name) + 1;
		if (size <= before + behind ||
		    strncmp(text, SETTING_PREFIX, strlen(SETTING_PREFIX)) != 0 ||
		    strncmp(text + strlen(SETTING_PREFIX), tree, strlen(tree)) != 0 ||
		    text[before - 1] != '.' || text[size - behind] != '.' ||
		    strncmp(text + size - behind + 1, name, strlen(name)) != 0 ||
		    read_setting_link(text + before, text + size - behind, setting.link) < 0)
			continue;
		*ret_setting = setting;
		return 0;
	}
	return -EINVAL;
}

bool v6_link_setting_has_link(const struct v6_link_setting *setting)
{
	return strcmp(setting->link, "all") != 0 && strcmp(setting->link, "default") != 0;
}

int v6_link_setting_get(const struct v6_link_setting *setting, int *ret_value)
{
	return v6_sysctl_read(setting_names[setting->kind].tree, setting->link,
			      setting_names[setting->kind].name, ret_value);
}

int v6_link_setting_set(const struct v6_link_setting *setting, int value)
{
	return v6_sysctl_write(setting_names[setting->kind].tree, setting->link,
			       setting_names[setting->kind].name, value);
}
