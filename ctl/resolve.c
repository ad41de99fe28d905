/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a name resolves to, who says so, and what would become of it. */
#include <errno.h>
#include <string.h>

#include <libv6/verbs.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "command.h"
#include "state.h"
#include "term.h"

enum { OPTION_JSON, OPTION_PORTS, OPTION_INTERFACE, OPTION_ENGINE, OPTION_QUIET };

/* Whoever asks: policy looks at its engine only */
#define ASKER "v6ctl-resolve"

static int parse_engine(const char *name, enum v6_engine *ret_engine, struct v6_error *err)
{
	int i;

	for (i = 0; i < V6_ENGINES; i++) {
		if (strcmp(v6_engine_name((enum v6_engine)i), name) == 0) {
			*ret_engine = (enum v6_engine)i;
			return 0;
		}
	}
	return v6_fail(err, -EINVAL,
		       "--engine: \"%s\": expected podman, cri-o, containerd, lxc or unknown",
		       V6_SHOWN(name));
}

static int ask_policy(struct v6_host *host, const struct command_arguments *args,
		      enum v6_engine engine, struct v6_prospects *ret_prospects,
		      struct v6_error *err)
{
	const struct state_annotation annotations[] = {
		{"v6.host", args->operands[0]},
		{"v6.ports", args->option[OPTION_PORTS]},
		{"v6.interface", args->option[OPTION_INTERFACE]},
	};
	struct v6_state auto_call(v6_state_release) state = {.pid = 0};
	struct v6_request request;
	int ret = state_make(ASKER, 0, annotations, V6_ARRAY_SIZE(annotations), &state, err);

	if (ret == 0)
		ret = v6_request_from_state(&state, &request, err);
	state.engine = engine;
	return ret < 0 ? ret : v6_ask(host, &state, &request, ret_prospects, err);
}

static void put_source(const char *name, const struct v6_names_source *source)
{
	switch (source->origin) {
	case V6_NAMES_LITERAL:
		printf("%s: an address itself\n", name);
		break;
	case V6_NAMES_HOSTS:
		printf("%s: from /etc/hosts\n", name);
		break;
	case V6_NAMES_DNS:
		printf("%s: from DNS, by %s\n", name, source->server);
		break;
	case V6_NAMES_KNOWN:
		printf("%s: DNS is down; its last known answer, %s old\n", name,
		       term_age(source->age).s);
		break;
	case V6_NAMES_POOL:
		printf("%s: has no IPv6 address in DNS; from the pool of the configuration\n",
		       name);
		break;
	}
}

static void put_prospect(const struct v6_prospect *prospect)
{
	struct v6_text address = v6_address_text(&prospect->address);
	const char *text = prospect->refusal.text;

	if (prospect->refusal.code == 0) {
		printf("  %s on %s (%s), %s", address.s, prospect->service.link_name,
		       v6_attach_name(prospect->service.attach),
		       *prospect->holder ? "held by container " : "free");
		printf("%.*s\n", V6_ID_SHORT, prospect->holder);
	} else if (strncmp(text, address.s, strlen(address.s)) == 0) {
		printf("  %s\n", text);
	} else {
		printf("  %s: %s\n", address.s, text);
	}
}

static void write_prospect(struct v6_json_writer *w, const struct v6_prospect *prospect)
{
	bool usable = prospect->refusal.code == 0;

	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "address", V6_TEXT(&prospect->address));
	v6_json_put_bool(w, "usable", usable);
	if (usable) {
		v6_json_put_string(w, "link", prospect->service.link_name);
		v6_json_put_string(w, "attach", v6_attach_name(prospect->service.attach));
	} else {
		v6_json_put_string(w, "refusal", prospect->refusal.text);
	}
	if (*prospect->holder)
		v6_json_put_string(w, "holder", prospect->holder);
	v6_json_end_object(w);
}

/* struct asked - a name, and the addresses that it resolves to */
struct asked {
	const char *name;
	struct v6_prospects prospects;
};

static int write_asked(struct v6_json_writer *w, void *data, struct v6_error *err)
{
	const struct asked *asked = data;
	const struct v6_names_source *source = &asked->prospects.source;
	size_t i;

	(void)err;
	v6_json_put_string(w, "name", asked->name);
	v6_json_put_string(w, "source", v6_names_origin_name(source->origin));
	if (source->origin == V6_NAMES_DNS)
		v6_json_put_string(w, "server", source->server);
	if (source->origin == V6_NAMES_KNOWN)
		v6_json_put_integer(w, "age", source->age);
	v6_json_begin_array(w, "addresses");
	for (i = 0; i < asked->prospects.n; i++)
		write_prospect(w, &asked->prospects.list[i]);
	v6_json_end_array(w);
	return 0;
}

static int run_resolve(struct v6_host *host, const struct command_arguments *args)
{
	const char *engine_name = args->option[OPTION_ENGINE];
	enum v6_engine engine = V6_ENGINE_PODMAN;
	struct asked asked = {.name = args->operands[0]};
	struct v6_prospects *prospects = &asked.prospects;
	struct v6_error err;
	bool usable = false;
	size_t i;

	if (engine_name && parse_engine(engine_name, &engine, &err) < 0) {
		command_fail(&err);
		return EXIT_USAGE;
	}
	if (ask_policy(host, args, engine, prospects, &err) < 0)
		return command_fail(&err);
	for (i = 0; i < prospects->n; i++)
		usable |= prospects->list[i].refusal.code == 0;
	command_quiet(args->option[OPTION_QUIET]);
	if (args->option[OPTION_JSON] &&
	    command_write_json(&resolve_command, write_asked, &asked) != EXIT_DONE)
		return EXIT_FAILED;
	if (!args->option[OPTION_JSON]) {
		put_source(asked.name, &prospects->source);
		for (i = 0; i < prospects->n; i++)
			put_prospect(&prospects->list[i]);
	}
	return usable ? EXIT_DONE : EXIT_FAILED;
}

const struct command resolve_command = {
	.name = "resolve",
	.operands = "NAME",
	.operands_min = 1,
	.operands_max = 1,
	.what = "show what a name resolves to, and what a container would get",
	.options =
		{
			[OPTION_JSON] = {"json", 0, NULL, "print JSON; v6ctl(8) lists the keys"},
			[OPTION_PORTS] = {"ports", 0, "PORTS", "as annotation v6.ports"},
			[OPTION_INTERFACE] = {"interface", 'i', "LINK",
					      "as annotation v6.interface"},
			[OPTION_ENGINE] = {"engine", 'e', "ENGINE",
					   "engine of the container; default: podman"},
			[OPTION_QUIET] = {"quiet", 'q', NULL,
					  "print only errors; the exit status has the result"},
		},
	.looks = true,
	.run = run_resolve,
};
