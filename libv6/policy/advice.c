/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write the rule that would have let a refused container have what it asked for. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "policy/advice.h"
#include "table/nat.h"

/* What has to follow the longest list of ports */
#define CLOSING "]}, {\"users\": [\"root\"]}]}"

/* append() - only if all of it fits */
static bool append(struct v6_advice *advice, size_t room, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool append(struct v6_advice *advice, size_t room, const char *fmt, ...)
{
	size_t used = strlen(advice->s), left = sizeof(advice->s) - used - room;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(advice->s + used, left, fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < left)
		return true;
	advice->s[used] = '\0';
	return false;
}

/* quotable() - @text, where it is a name or an address, which cannot end a JSON string or match
 * more */
static const char *quotable(const char *text, const char *instead)
{
	size_t ok =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:");

	return ok > 0 && ok < 100 && !text[ok] ? text : instead;
}

/* append_subject() - the members that the rule needs to be about this container at all */
static void append_subject(struct v6_advice *advice, const struct v6_subject *subject)
{
	const struct v6_state *state = subject->state;

	if (subject->uid != 0)
		append(advice, 0, "\"users\": [\"%u\"], ", subject->uid);
	if (!v6_subject_is_pod(subject))
		return;
	/* what a user's container says of its pod is the user's word */
	if (subject->uid == 0 && *state->pod_namespace)
		append(advice, 0, "\"namespaces\": [\"%s\"], ",
		       quotable(state->pod_namespace, "NAMESPACE"));
	else
		append(advice, 0, "\"engines\": [\"%s\"], ", v6_engine_name(state->engine));
}

static bool append_port(struct v6_advice *advice, const char *separator,
			const struct v6_port_map *map)
{
	const char *protocol = v6_protocol_name(map->protocol);
	int first = map->service_port, last = first + map->count - 1;

	if (last > first)
		return append(advice, sizeof(CLOSING), "%s\"%d-%d/%s\"", separator, first, last,
			      protocol);
	return append(advice, sizeof(CLOSING), "%s\"%d/%s\"", separator, first, protocol);
}

struct v6_advice v6_advise_rule(const struct v6_config *config, const struct v6_subject *subject,
				const char *name, const struct in6_addr *address,
				const struct v6_port_map *maps, size_t n_maps)
{
	bool whole = !config->has_allow && !config->text; /* there is no file */
	struct v6_advice advice = {.s = ""};
	size_t i;

	append(&advice, 0, "%s%s{", whole ? "{" : "", config->has_allow ? "" : "\"allow\": [");
	append_subject(&advice, subject);
	append(&advice, 0, "\"names\": [\"%s\"]", quotable(name, "NAME"));
	if (address)
		append(&advice, 0, ", \"prefixes\": [\"%s\"]", V6_TEXT(address));
	/* A rule without ports allows all of them, which is what `all` asks for */
	if (n_maps > 0 && maps[0].protocol != V6_PROTOCOL_ALL) {
		append(&advice, 0, ", \"ports\": [");
		for (i = 0; i < n_maps && append_port(&advice, i > 0 ? ", " : "", &maps[i]); i++)
			;
		append(&advice, 0, "]");
	}
	append(&advice, 0, "}%s%s", config->has_allow ? "" : ", {\"users\": [\"root\"]}]",
	       whole ? "}" : "");
	return advice;
}
