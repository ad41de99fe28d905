/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What podman calls a container of a pod, which its annotations do not say: podman runs a monitor
 * for each container (conmon), which runs the runtime, which runs us, and the container's name is
 * on that one's command line. "podman kube play" makes it of the pod's and the container's:
 * POD-NAME.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libv6/oci.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

/* Between us and the monitor: the runtime, and what stands in for it */
#define ANCESTORS_MAX 8

#define PROC_FILE_MAX (128 * 1024)

/* Where Docker keeps its containers by default */
#define DOCKER_CONTAINERS "/var/lib/docker/containers"
#define DOCKER_FILE_MAX	  (1 << 20)

static int read_proc(pid_t pid, const char *name, char **ret_text, size_t *ret_size)
{
	char path[sizeof("/proc/-2147483648/cmdline")];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return v6_file_read_at(AT_FDCWD, path, PROC_FILE_MAX, ret_text, ret_size);
}

/* parent_of() - 0 where it is not known */
static pid_t parent_of(pid_t pid)
{
	auto_free char *text = NULL;
	const char *line;
	size_t size;

	if (read_proc(pid, "status", &text, &size) < 0)
		return 0;
	line = strstr(text, "\nPPid:");
	return line ? (pid_t)strtol(line + strlen("\nPPid:"), NULL, 10) : 0;
}

/* argument_behind() - of a command line, the one behind the first that is @option; "" without */
static const char *argument_behind(const char *text, size_t size, const char *option)
{
	const char *end = text + size;

	for (; text < end; text += strlen(text) + 1)
		if (strcmp(text, option) == 0)
			return text + strlen(text) + 1 < end ? text + strlen(text) + 1 : "";
	return "";
}

/* read_monitor() - the name that a process has for this container, if it is its monitor */
static bool read_monitor(pid_t pid, const char *id, char **ret_name)
{
	auto_free char *text = NULL;
	size_t size;

	if (read_proc(pid, "cmdline", &text, &size) < 0 || strcmp(basename(text), "conmon") != 0 ||
	    strcmp(argument_behind(text, size, "-c"), id) != 0)
		return false;
	*ret_name = strdup(argument_behind(text, size, "-n"));
	return *ret_name;
}

static bool ask_monitor(const char *id, char **ret_name)
{
	pid_t pid = getppid();
	int i;

	for (i = 0; i < ANCESTORS_MAX && pid > 1; i++, pid = parent_of(pid))
		if (read_monitor(pid, id, ret_name))
			return true;
	return false;
}

/* find_member() - of the names that annotations are for, the longest that ends a container's own */
static const char *find_member(const struct v6_state *state, const char *full)
{
	const char *slash, *end, *found = full;
	size_t i, best = 0, length;

	for (i = 0; i < state->n_annotations; i++) {
		slash = strchr(state->annotations[i].key, '/');
		length = slash ? strlen(slash + 1) : 0;
		if (length <= best || length > strlen(full))
			continue;
		end = full + strlen(full) - length;
		if (strcmp(end, slash + 1) != 0 || (end > full && end[-1] != '-'))
			continue;
		found = end;
		best = length;
	}
	return found;
}

static bool is_anybody_named(const struct v6_state *state)
{
	size_t i;

	for (i = 0; i < state->n_annotations; i++)
		if (strchr(state->annotations[i].key, '/'))
			return true;
	return false;
}

void v6_state_name(struct v6_state *state)
{
	auto_free char *full = NULL;

	if (state->engine != V6_ENGINE_PODMAN || !state->member || *state->name ||
	    !is_anybody_named(state) || !ask_monitor(state->id, &full))
		return;
	snprintf(state->name, sizeof(state->name), "%s", find_member(state, full));
	if (!v6_container_name_is_valid(state->name))
		memset(state->name, 0, sizeof(state->name));
}

/* read_docker_name() - of the file that Docker has of each container, "/NAME" */
static bool read_docker_name(const char *id, char **ret_name)
{
	char path[sizeof(DOCKER_CONTAINERS "//config.v2.json") + V6_ID_MAX];
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	auto_free char *text = NULL;
	const char *name;
	size_t size;

	if (strchr(id, '/') || strlen(id) > V6_ID_MAX)
		return false;
	snprintf(path, sizeof(path), DOCKER_CONTAINERS "/%s/config.v2.json", id);
	if (v6_file_read_at(AT_FDCWD, path, DOCKER_FILE_MAX, &text, &size) < 0 ||
	    v6_json_parse(text, size, &root, NULL) < 0 || !v6_json_is_object(root) ||
	    v6_json_string(root, "Name", &name, NULL) < 0)
		return false;
	*ret_name = strdup(name + (*name == '/'));
	return *ret_name;
}

void v6_container_name_find(const char *id, pid_t pid, char *ret_name)
{
	pid_t monitor = pid > 0 ? parent_of(pid) : 0;
	auto_free char *name = NULL;

	*ret_name = '\0';
	if (!(monitor > 1 && read_monitor(monitor, id, &name)) && !read_docker_name(id, &name))
		return;
	if (v6_container_name_is_valid(name))
		memcpy(ret_name, name, strlen(name) + 1);
}
