/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collect what the steps of a check found, and give each command once. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "check/checker.h"

/* More claims than this: what is right of them is summed up. */
#define CLAIMS_SHOWN 8

const char *v6_result_name(enum v6_result result)
{
	static const char *const names[V6_RESULTS] = {"good", "fault", "doubt", "unseen"};

	return names[result];
}

int v6_checker_open(struct v6_host *host,
		    void (*found)(const struct v6_finding *finding, void *data), void *data,
		    struct v6_checker **ret_checker)
{
	struct v6_checker *checker = calloc(1, sizeof(*checker));

	if (!checker)
		return -ENOMEM;
	checker->host = host;
	checker->found = found;
	checker->data = data;
	checker->config = v6_host_configure(host, &checker->config_error);
	if (checker->config < 0) {
		/* names can be asked for all the same */
		host->config.resolve_timeout_ms = V6_RESOLVE_TIMEOUT_MS;
		host->config.resolve_tries = V6_NAMES_TRIES;
	}
	*ret_checker = checker;
	return 0;
}

void v6_checker_from(struct v6_checker *checker, const struct in6_addr *client)
{
	checker->from = *client;
	checker->has_from = true;
}

void v6_checker_begin(struct v6_checker *checker)
{
	size_t i;

	for (i = 0; i < checker->n_commands; i++)
		free(checker->commands[i]);
	checker->n_commands = 0;
	checker->faults = 0;
}

void v6_checker_close(struct v6_checker *checker)
{
	if (!checker)
		return;
	v6_checker_begin(checker);
	v6_ruleset_release(&checker->rules);
	free(checker->probes);
	free(checker);
}

const struct v6_ruleset *v6_checker_rules(struct v6_checker *checker)
{
	int ret;

	if (checker->rules_state == 0) {
		ret = v6_ruleset_read(&checker->host->netfilter, &checker->rules,
				      &checker->rules_error);
		checker->rules_state = ret < 0 ? ret : 1;
	}
	return checker->rules_state > 0 ? &checker->rules : NULL;
}

/* skip_next() - where a command that is followed by another one of ours goes on, or NULL */
static const char *skip_next(const char *command)
{
	static const char *const ours[] = {"&& v6ctl reconcile", "&& firewall-cmd --permanent "};
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(ours); i++)
		if (strncmp(command, ours[i], strlen(ours[i])) == 0)
			return command + strlen(ours[i]);
	return NULL;
}

/* is_plain_command() - whether a command was not cut, and a shell takes each word for what it is */
static bool is_plain_command(const char *command)
{
	if (strlen(command) >= sizeof(struct v6_line) - 1)
		return false;
	while (command && *command) {
		command += strspn(command, V6_COMMAND_WORD " ");
		command = *command ? skip_next(command) : command;
	}
	return command;
}

bool v6_checker_gave(const struct v6_checker *checker, const char *command)
{
	size_t i;

	for (i = 0; i < checker->n_commands; i++)
		if (strcmp(checker->commands[i], command) == 0)
			return true;
	return false;
}

static void remember_command(struct v6_checker *checker, const char *command)
{
	if (!*command || checker->n_commands == V6_COMMANDS_MAX)
		return;
	checker->commands[checker->n_commands] = strdup(command);
	checker->n_commands += checker->commands[checker->n_commands] != NULL;
}

void v6_found(struct v6_checker *checker, enum v6_result result, const char *step,
	      const char *command, const char *fmt, ...)
{
	struct v6_finding finding = {.result = result, .step = step};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding.text, sizeof(finding.text), fmt, ap);
	va_end(ap);
	v6_text_printable(finding.text);
	if (is_plain_command(command) && !v6_checker_gave(checker, command))
		snprintf(finding.command, sizeof(finding.command), "%s", command);
	remember_command(checker, finding.command);
	checker->faults += result == V6_RESULT_FAULT;
	checker->found(&finding, checker->data);
}

bool v6_checked_is_long(const struct v6_checked *c)
{
	return c->record->n_services * c->record->n_maps > CLAIMS_SHOWN;
}

struct v6_line v6_restart_command(const struct v6_record *record)
{
	if (record->engine == V6_ENGINE_PODMAN && record->uid == 0)
		return v6_line("podman restart %.*s", V6_ID_SHORT, record->id);
	return v6_line("%s", "");
}
