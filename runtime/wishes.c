/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find out what a config.json asks of us. */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "wishes.h"

/* Docker before 24 has no option for annotations. The first one is asked by, the others are details
 */
static const struct {
	const char *variable, *key;
} variables[WISHES_MAX] = {
	{"V6_HOST", "v6.host"},	  {"V6_PORTS", "v6.ports"},   {"V6_INTERFACE", "v6.interface"},
	{"V6_FROM", "v6.from"},	  {"V6_FOLLOW", "v6.follow"}, {"V6_RELAY", "v6.relay"},
	{"V6_SHARE", "v6.share"}, {"V6_EGRESS", "v6.egress"}, {"V6_REQUIRED", "v6.required"},
};

/* struct seen - what the annotations say */
struct seen {
	bool ours, kubernetes;
};

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* No engine writes these letters in another way, but a bundle may be made by hand: so the last ones
 * are escapes of each letter of the first ones
 */
bool wishes_mentioned(const char *text, size_t size)
{
	static const char *const marks[] = {"\"v6.",   "\"V6.",	  "\"V6_HOST=", "\\u0076",
					    "\\u0036", "\\u002e", "\\u002E",	"\\u003d",
					    "\\u003D", "\\u004",  "\\u005"};
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(marks); i++)
		if (memmem(text, size, marks[i], strlen(marks[i])))
			return true;
	return false;
}

const char *wishes_key(size_t i)
{
	return variables[i].key;
}

static void read_annotation(const char *key, const char *value, struct seen *seen,
			    struct wishes *wishes)
{
	seen->ours |= strncasecmp(key, "v6.", strlen("v6.")) == 0;
	seen->kubernetes |= has_prefix(key, "io.kubernetes.cri");
	if (value && strcmp(key, "v6.required") == 0)
		wishes->optional = v6_text_is_word(value, "false");
}

static void read_annotations(const struct v6_json *config, struct seen *seen, struct wishes *wishes)
{
	const struct v6_json *annotations;
	size_t i;

	if (v6_json_object(config, "annotations", &annotations, NULL) < 0)
		return;
	for (i = 0; i < v6_json_size(annotations); i++)
		read_annotation(v6_json_key(annotations, i),
				v6_json_text(v6_json_member(annotations, i)), seen, wishes);
}

/* read_variable() - NAME=VALUE; of several with one name the last one counts */
static void read_variable(const char *text, struct wishes *wishes)
{
	size_t i, size;

	for (i = 0; i < WISHES_MAX; i++) {
		size = strlen(variables[i].variable);
		if (has_prefix(text, variables[i].variable) && text[size] == '=')
			wishes->values[i] = text + size + 1;
	}
}

/* read_environment() - an empty value is none, so that one of an image can be taken back */
static void read_environment(const struct v6_json *config, struct wishes *wishes)
{
	const struct v6_json *process, *env;
	const char *text;
	size_t i;

	if (v6_json_object(config, "process", &process, NULL) < 0 ||
	    v6_json_array(process, "env", &env, NULL) < 0)
		return;
	for (i = 0; i < v6_json_size(env); i++) {
		text = v6_json_text(v6_json_member(env, i));
		if (text)
			read_variable(text, wishes);
	}
	for (i = 0; i < WISHES_MAX; i++)
		if (wishes->values[i] && !*wishes->values[i])
			wishes->values[i] = NULL;
	wishes->asked = wishes->values[0];
	wishes->optional = wishes->values[WISHES_MAX - 1] &&
			   v6_text_is_word(wishes->values[WISHES_MAX - 1], "false");
}

void wishes_read(const struct v6_json *config, struct wishes *ret_wishes)
{
	struct wishes wishes = {.asked = false};
	struct seen seen = {false};

	read_annotations(config, &seen, &wishes);
	if (seen.ours)
		wishes.asked = true;
	else if (!seen.kubernetes)
		read_environment(config, &wishes);
	*ret_wishes = wishes;
}
