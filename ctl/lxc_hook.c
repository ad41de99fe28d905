/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LXC's hook, and so Incus's: a line of a container's configuration names it and the service, and
 * LXC runs it when the container starts and when it has ended.
 *
 * LXC tells the container and the hook in the environment or, by lxc.hook.version = 0, which is the
 * default, as three more arguments; the rest is in the environment always (lxc.container.conf(5)).
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libv6/verbs.h>

#include "../hook/log.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "command.h"
#include "state.h"

enum { OPTION_INTERFACE, OPTION_SHARE, OPTION_RELAY, OPTION_OPTIONAL };

/* Arguments that LXC adds by version 0: the container's name, "lxc" and the hook's */
#define ADDED 3

#define OPERANDS_MAX (1 + V6_REQUEST_MAPS_MAX + ADDED)
#define PORTS_SIZE   (V6_REQUEST_MAPS_MAX * sizeof(struct v6_map_text))

/**
 * struct call - What LXC and the configuration's line say
 * @type:	Of the hook: "start-host" and the like
 * @name:	The container's
 * @id:		Its id here
 * @hosts:	As v6.host
 * @ports:	As v6.ports, or ""
 */
struct call {
	const char *type;
	const char *name;
	char id[V6_ID_MAX + 1];
	const char *hosts;
	char ports[PORTS_SIZE];
};

const char log_name[] = "v6ctl";

static const char *getenv_or(const char *name, const char *instead)
{
	const char *value = getenv(name);

	return value ? value : instead;
}

static void warn_call(const char *text, void *data)
{
	const struct call *call = data;

	log_line(LOG_WARNING, call->id, text);
}

/* Where containers are usually kept, by the directory of their configurations */
static const struct keeper {
	const char *dir;
	const char *word;
} keepers[] = {
	{"/var/lib/lxc", "lxc"},
	{"/run/incus", "incus"},
	{"/var/log/incus", "incus"},
};

/* dir_length() - of DIR in DIR/NAME/FILE; 0: it is not such a path */
static size_t dir_length(const char *path, const char *name)
{
	const char *file = strrchr(path, '/');
	size_t whole = file && *path == '/' ? (size_t)(file - path) : 0;
	size_t length = strlen(name) + 1;

	if (whole <= length || path[whole - length] != '/' ||
	    strncmp(path + whole - length + 1, name, length - 1) != 0)
		return 0;
	return whole - length;
}

/* find_keeper() - a word for who keeps a container: two of one name may run side by side, one of
 * LXC's and one of Incus's, or of different directories
 */
static void find_keeper(const struct call *call, char *ret_word, size_t size)
{
	const char *path = getenv_or("LXC_CONFIG_FILE", "");
	size_t i, length = dir_length(path, call->name);
	char *c;

	snprintf(ret_word, size, "%.*s", (int)length, path);
	for (i = 0; i < V6_ARRAY_SIZE(keepers); i++)
		if (strcmp(keepers[i].dir, ret_word) == 0 || length == 0) {
			snprintf(ret_word, size, "%s", keepers[i].word);
			return;
		}
	memmove(ret_word, ret_word + 1, strlen(ret_word));
	while ((c = strchr(ret_word, '/')))
		*c = ':';
}

static int make_id(struct call *call, struct v6_error *err)
{
	char keeper[V6_ID_MAX + 2];
	int n;

	find_keeper(call, keeper, sizeof(keeper));
	n = snprintf(call->id, sizeof(call->id), "%s-%s", keeper, call->name);
	if (n < 0 || (size_t)n >= sizeof(call->id))
		return v6_fail(
			err, -EINVAL,
			"%s: its name and where it is kept are longer than %d characters together; give it a shorter name",
			V6_SHOWN(call->name), V6_ID_MAX);
	return 0;
}

/* join_ports() - ports, which may be several arguments, with a blank between two */
static int join_ports(char *const *operands, int n, struct call *call, struct v6_error *err)
{
	size_t length = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (length + strlen(operands[i]) + 2 > sizeof(call->ports))
			return v6_fail(err, -E2BIG, "v6.ports: over %d mappings",
				       V6_REQUEST_MAPS_MAX);
		length += (size_t)snprintf(call->ports + length, sizeof(call->ports) - length,
					   "%s%s", i ? " " : "", operands[i]);
	}
	return 0;
}

/* read_call() - Return: 0 or, where LXC has not called us, a negative errno */
static int read_call(const struct command_arguments *args, struct call *call, struct v6_error *err)
{
	char *const *added = args->operands + args->n_operands - ADDED;
	int n = args->n_operands;

	call->type = getenv("LXC_HOOK_TYPE");
	call->name = getenv("LXC_NAME");
	if (!call->type && n > ADDED && strcmp(added[1], "lxc") == 0) {
		call->name = added[0];
		call->type = added[2];
		n -= ADDED;
	}
	if (!call->type || !call->name)
		return v6_fail(
			err, -EINVAL,
			"lxc-hook: LXC has to call it; to publish by hand, see v6ctl bind --help");
	call->hosts = args->operands[0];
	return join_ports(args->operands + 1, n - 1, call, err);
}

static int read_pid(unsigned int *ret_pid, struct v6_error *err)
{
	const char *cursor = getenv_or("LXC_PID", "");

	if (v6_text_number(&cursor, 1, STATE_PID_MAX, ret_pid) < 0 || *cursor)
		return v6_fail(err, -EINVAL, "LXC_PID: not the number of a process");
	return 0;
}

/* find_container_dir() - LXC keeps it until lxc-destroy; Incus's is gone when the container is */
static void find_container_dir(const struct call *call, struct v6_state *state)
{
	const char *path = getenv_or("LXC_CONFIG_FILE", ""), *file = strrchr(path, '/');

	if (dir_length(path, call->name) > 0 && file - path < (int)sizeof(state->bundle) &&
	    strncmp(call->id, "incus-", strlen("incus-")) != 0)
		snprintf(state->bundle, sizeof(state->bundle), "%.*s", (int)(file - path), path);
}

/* make_state() - what an engine would have written */
static int make_state(const struct call *call, const struct command_arguments *args,
		      struct v6_state *ret_state, struct v6_error *err)
{
	const struct state_annotation annotations[] = {
		{"v6.host", call->hosts},
		{"v6.ports", *call->ports ? call->ports : NULL},
		{"v6.interface", args->option[OPTION_INTERFACE]},
		{"v6.share", args->option[OPTION_SHARE]},
		{"v6.relay", args->option[OPTION_RELAY]},
	};
	unsigned int pid;
	int ret = read_pid(&pid, err);

	if (ret == 0)
		ret = state_make(call->id, pid, annotations, V6_ARRAY_SIZE(annotations), ret_state,
				 err);
	if (ret < 0)
		return ret;
	ret_state->engine = V6_ENGINE_LXC;
	find_container_dir(call, ret_state);
	if (v6_container_name_is_valid(call->name))
		memcpy(ret_state->name, call->name, strlen(call->name) + 1);
	return 0;
}

static int open_lxc_host(struct call *call, struct v6_host **ret_host, struct v6_error *err)
{
	if (geteuid() != 0)
		return v6_fail(
			err, -EPERM,
			"a container of a user other than root can't be given a service; let root start it, with lxc.idmap if it is to have other rights");
	return v6_host_open(V6_RUN_DIR, warn_call, call, ret_host, err);
}

static int bind_call(struct call *call, const struct command_arguments *args, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	struct v6_state auto_call(v6_state_release) state = {.pid = 0};
	int ret = make_state(call, args, &state, err);

	if (ret == 0)
		ret = open_lxc_host(call, &host, err);
	if (ret == 0)
		ret = state_bind(host, &state, err);
	state_keep(call->id, &state, ret, err);
	return ret;
}

/* publish_container() - whose name is empty asks for nothing: it may come from a key that not all
 * have */
static int publish_container(struct call *call, const struct command_arguments *args)
{
	struct v6_error err;

	if (!*call->hosts)
		return EXIT_DONE;
	if (bind_call(call, args, &err) == 0)
		return EXIT_DONE;
	log_line(LOG_ERR, call->id, err.text);
	return args->option[OPTION_OPTIONAL] ? EXIT_DONE : EXIT_FAILED;
}

/* unpublish_container() - never fails: LXC would not start a container again that is rebooting */
static int unpublish_container(struct call *call, const struct command_arguments *args)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	struct v6_state state = {.pid = 0};
	unsigned int pid = 0;
	struct v6_error err;

	(void)args;
	read_pid(&pid, NULL);
	state.pid = (pid_t)pid;
	memcpy(state.id, call->id, sizeof(state.id));
	if (open_lxc_host(call, &host, &err) < 0 || v6_unbind_stopped(host, &state, &err) < 0)
		log_line(LOG_ERR, call->id, err.text);
	return EXIT_DONE;
}

static const struct hook {
	const char *type;
	int (*run)(struct call *call, const struct command_arguments *args);
} hooks[] = {
	{"start-host", publish_container},
	{"post-stop", unpublish_container},
};

static int fail_hook_type(const char *type, struct v6_error *err)
{
	return v6_fail(
		err, -EINVAL,
		"lxc-hook: it belongs to lxc.hook.start-host and lxc.hook.post-stop, and not to lxc.hook.%s",
		V6_SHOWN(type));
}

static int run_lxc_hook(struct v6_host *host, const struct command_arguments *args)
{
	struct call call = {.type = NULL};
	struct v6_error err;
	size_t i;
	int ret = read_call(args, &call, &err);

	(void)host;
	if (ret == 0)
		ret = make_id(&call, &err);
	for (i = 0; i < V6_ARRAY_SIZE(hooks) && ret == 0; i++)
		if (strcmp(hooks[i].type, call.type) == 0)
			return hooks[i].run(&call, args);
	if (ret == 0)
		fail_hook_type(call.type, &err);
	log_line(LOG_ERR, "", err.text);
	return EXIT_USAGE;
}

const struct command lxc_hook_command = {
	.name = "lxc-hook",
	.operands = "NAMES [PORTS...]",
	.operands_min = 1,
	.operands_max = OPERANDS_MAX,
	.what = "publish a container of LXC or Incus, from its configuration",
	.options =
		{
			[OPTION_INTERFACE] = {"interface", 'i', "LINK",
					      "as annotation v6.interface"},
			[OPTION_SHARE] = {"share", 0, "MODE", "as annotation v6.share"},
			[OPTION_RELAY] = {"relay", 0, "MODE", "as annotation v6.relay"},
			[OPTION_OPTIONAL] = {"optional", 0, NULL,
					     "start the container even if its service fails"},
		},
	.alone = true,
	.run = run_lxc_hook,
};
