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
