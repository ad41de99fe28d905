/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook does, by hand: for scripts and systemd units. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "command.h"
#include "state.h"

enum {
	OPTION_PID,
	OPTION_NETNS,
	OPTION_HOST,
	OPTION_PORTS,
	OPTION_INTERFACE,
	OPTION_SHARE,
	OPTION_RELAY,
	OPTION_ID
};

/* Where ip netns keeps its names */
#define NETNS_DIR "/run/netns/"

/**
 * struct place - Where the service is
 * @id:		As given, or made of the following
 * @pid:	Process, or 0
 * @netns:	Path of a network namespace's file, or ""
 */
struct place {
	char id[V6_ID_MAX + 1];
	unsigned int pid;
	char netns[V6_NETNS_PATH_MAX + 1];
};

static int parse_pid_option(const char *text, struct place *place, struct v6_error *err)
{
	const char *cursor = text;

	if (v6_text_number(&cursor, 1, STATE_PID_MAX, &place->pid) < 0 || *cursor)
		return v6_fail(err, -EINVAL, "--pid: \"%s\": not the number of a process",
			       V6_SHOWN(text));
	snprintf(place->id, sizeof(place->id), "pid-%u", place->pid);
	return 0;
}

/* parse_netns_option() - a path, or a name as of ip netns */
static int parse_netns_option(const char *text, struct place *place, struct v6_error *err)
{
	const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
	int n;

	if (slash && *text != '/')
		return v6_fail(err, -EINVAL,
			       "--netns: \"%s\": neither a name of ip netns nor a path from /",
			       V6_SHOWN(text));
	n = snprintf(place->netns, sizeof(place->netns), "%s%s", slash ? "" : NETNS_DIR, text);
	if (n < 0 || (size_t)n >= sizeof(place->netns))
		return v6_fail(err, -EINVAL, "--netns: \"%s\": longer than %d characters",
			       V6_SHOWN(text), V6_NETNS_PATH_MAX);
	snprintf(place->id, sizeof(place->id), "netns-%.*s", V6_ID_MAX - 8, name);
	return 0;
}

static int parse_place(const struct command_arguments *args, struct place *place,
		       struct v6_error *err)
{
	const char *id = args->option[OPTION_ID];
	int ret = args->option[OPTION_PID]
			  ? parse_pid_option(args->option[OPTION_PID], place, err)
			  : parse_netns_option(args->option[OPTION_NETNS], place, err);

	if (ret == 0 && id && strlen(id) > V6_ID_MAX)
		return v6_fail(err, -EINVAL, "--id: \"%s\": longer than %d characters",
			       V6_SHOWN(id), V6_ID_MAX);
	if (ret == 0 && id)
		snprintf(place->id, sizeof(place->id), "%s", id);
	return ret;
}

static int bind_place(struct v6_host *host, const struct place *place,
		      const struct command_arguments *args, struct v6_error *err)
{
	const struct state_annotation annotations[] = {
		{"v6.host", args->option[OPTION_HOST]},
		{"v6.ports", args->option[OPTION_PORTS]},
		{"v6.interface", args->option[OPTION_INTERFACE]},
		{"v6.share", args->option[OPTION_SHARE]},
		{"v6.relay", args->option[OPTION_RELAY]},
	};
	struct v6_state auto_call(v6_state_release) state = {.pid = 0};
	int ret = state_make(place->id, place->pid, annotations, V6_ARRAY_SIZE(annotations), &state,
			     err);

	memcpy(state.netns, place->netns, sizeof(state.netns));
	if (ret == 0)
		ret = state_bind(host, &state, err);
	state_keep(place->id, &state, ret, err);
	return ret;
}

static int run_bind(struct v6_host *host, const struct command_arguments *args)
{
	struct place place = {.pid = 0};
	struct v6_error err;

	if (!args->option[OPTION_PID] == !args->option[OPTION_NETNS])
		return command_misused(&bind_command, "expected one of --pid and --netns");
	if (!args->option[OPTION_HOST])
		return command_misused(&bind_command, "expected --host");
	if (parse_place(args, &place, &err) < 0) {
		command_fail(&err);
		return EXIT_USAGE;
	}
	if (bind_place(host, &place, args, &err) < 0)
		return command_fail(&err);
	puts(place.id);
	return EXIT_DONE;
}

const struct command bind_command = {
	.name = "bind",
	.operands = "",
	.what = "publish a service by hand; prints the id for unbind",
	.options =
		{
			[OPTION_PID] = {"pid", 'p', "PID", "process; its exit ends the service"},
			[OPTION_NETNS] = {"netns", 'n', "FILE",
					  "file of a network namespace, or its name in ip netns"},
			[OPTION_HOST] = {"host", 'H', "NAMES", "as annotation v6.host"},
			[OPTION_PORTS] = {"ports", 0, "PORTS", "as annotation v6.ports"},
			[OPTION_INTERFACE] = {"interface", 'i', "LINK",
					      "as annotation v6.interface"},
			[OPTION_SHARE] = {"share", 0, "MODE", "as annotation v6.share"},
			[OPTION_RELAY] = {"relay", 0, "MODE", "as annotation v6.relay"},
			[OPTION_ID] = {"id", 0, "ID",
				       "id for unbind; default: pid-PID or netns-NAME"},
		},
	.run = run_bind,
};
