/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the config.json of a container's bundle says beyond its state. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "oci/bundle.h"

/* Those of podman have 10 KiB; with a thousand mounts, 300 KiB */
#define BUNDLE_ROOM	32768
#define BUNDLE_FILE_MAX (4 * 1024 * 1024)

#define CONF_PREFIX    "net.ipv6.conf."
#define DISABLE_NAME   "disable_ipv6"
#define DISABLE_SUFFIX "." DISABLE_NAME

/* read_config() - an engine has written it, so that a read which is short is the last one. Return:
 * 0 or a negative errno
 */
static int read_config(int fd, struct v6_bundle *bundle)
{
	size_t room;
	ssize_t n = 0;
	char *larger;

	for (room = BUNDLE_ROOM; room <= BUNDLE_FILE_MAX; room *= 2) {
		larger = realloc(bundle->text, room);
		if (!larger)
			return -ENOMEM;
		bundle->text = larger;
		n = read(fd, larger + bundle->size, room - bundle->size);
		if (n < 0)
			return -errno;
		bundle->size += (size_t)n;
		if (bundle->size < room)
			return 0;
	}
	return -E2BIG;
}

struct v6_bundle v6_bundle_read(const struct v6_state *state)
{
	char path[sizeof(state->bundle) + sizeof("/config.json")];
	struct v6_bundle bundle = {.text = NULL};
	auto_fd int fd = -1;

	if (!*state->bundle)
		return bundle;
	snprintf(path, sizeof(path), "%s/config.json", state->bundle);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && read_config(fd, &bundle) < 0)
		v6_bundle_release(&bundle);
	return bundle;
}

void v6_bundle_release(struct v6_bundle *bundle)
{
	free(bundle->text);
	*bundle = (struct v6_bundle){.text = NULL};
}

/* open_linux_config() - the member "linux", or NULL; *ret_root has to be released by all means */
static const struct v6_json *open_linux_config(const struct v6_bundle *bundle,
					       struct v6_json **ret_root)
{
	const struct v6_json *config = NULL;

	if (bundle->text && v6_json_parse(bundle->text, bundle->size, ret_root, NULL) == 0 &&
	    v6_json_is_object(*ret_root))
		v6_json_object(*ret_root, "linux", &config, NULL);
	return config;
}

void v6_bundle_netns(const struct v6_bundle *bundle, char *ret_path)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	const struct v6_json *config = open_linux_config(bundle, &root), *list = NULL, *item;
	const char *type, *path;
	size_t i;

	*ret_path = '\0';
	if (!config || v6_json_array(config, "namespaces", &list, NULL) < 0)
		return;
	for (i = 0; i < v6_json_size(list); i++) {
		item = v6_json_member(list, i);
		if (v6_json_is_object(item) && v6_json_string(item, "type", &type, NULL) == 0 &&
		    strcmp(type, "network") == 0 &&
		    v6_json_string(item, "path", &path, NULL) == 0 &&
		    strlen(path) <= V6_NETNS_PATH_MAX)
			memcpy(ret_path, path, strlen(path) + 1);
	}
}

/* dot_key() - a sysctl with dots as separators, and slashes within names; the first separator says
 * which it is
 */
static void dot_key(char *key)
{
	const char *first = strpbrk(key, "./");

	if (!first || *first == '.')
		return;
	for (; *key; key++)
		*key = *key == '/' ? '.' : *key == '.' ? '/' : *key;
}

/* find_disabled_link() - whose IPv6 a sysctl turns off; "" if it is another one */
static void find_disabled_link(const char *name, char *ret_link)
{
	struct v6_sysctl_key key;
	size_t i, size = strlen(name);
	const size_t before = strlen(CONF_PREFIX), behind = strlen(DISABLE_SUFFIX);

	*ret_link = '\0';
	if (size >= sizeof(key.s) || size <= before + behind ||
	    size - before - behind >= IF_NAMESIZE)
		return;
	memcpy(key.s, name, size + 1);
	dot_key(key.s);
	if (strncmp(key.s, CONF_PREFIX, before) != 0 ||
	    strcmp(key.s + size - behind, DISABLE_SUFFIX) != 0)
		return;
	for (i = before; i < size - behind; i++)
		*ret_link++ = key.s[i] == '/' ? '.' : key.s[i];
	*ret_link = '\0';
}

bool v6_bundle_disables_ipv6(const struct v6_bundle *bundle, const char *link,
			     struct v6_sysctl_key *ret_key, char *ret_link)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	const struct v6_json *config, *list = NULL;
	const char *value;
	size_t i;

	/* nearly all containers have none */
	if (!bundle->text ||
	    !memmem(bundle->text, bundle->size, DISABLE_NAME, strlen(DISABLE_NAME)))
		return false;
	config = open_linux_config(bundle, &root);
	if (!config || v6_json_object(config, "sysctl", &list, NULL) < 0)
		return false;
	for (i = 0; i < v6_json_size(list); i++) {
		find_disabled_link(v6_json_key(list, i), ret_link);
		value = v6_json_text(v6_json_member(list, i));
		if ((strcmp(ret_link, "all") != 0 && strcmp(ret_link, link) != 0) || !value ||
		    strtol(value, NULL, 0) == 0)
			continue;
		snprintf(ret_key->s, sizeof(ret_key->s), "%s", v6_json_key(list, i));
		return true;
	}
	return false;
}
