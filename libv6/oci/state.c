/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container state that an engine writes to a hook's stdin. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/oci.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "oci/engine.h"
#include "oci/pod.h"

void v6_state_release(struct v6_state *state)
{
	free(state->annotations); /* their text is behind them in the same block */
	state->annotations = NULL;
	state->n_annotations = 0;
}

/* id_is_valid() - ids name files of ours, and those that begin with a dot are not records */
static bool id_is_valid(const char *id)
{
	size_t i;

	if (id[0] == '.')
		return false;

	for (i = 0; id[i]; i++)
		if (id[i] <= ' ' || id[i] > '~' || id[i] == '/' || id[i] == '"')
			return false;
	return i > 0 && i <= V6_ID_MAX;
}

static int compare_keys(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* check_unique_keys() - see that each is there once: one look must not find what another did not */
static int check_unique_keys(const struct v6_json *object, struct v6_error *err)
{
	size_t i, n = v6_json_size(object);
	auto_free const char **keys = malloc((n + 1) * sizeof(*keys));

	if (!keys)
		return v6_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < n; i++)
		keys[i] = v6_json_key(object, i);
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (i = 1; i < n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			return v6_fail(err, -EINVAL, "\"%s\" is there twice", V6_SHOWN(keys[i]));
	return 0;
}

static int parse_state_id(const struct v6_json *root, struct v6_state *state, struct v6_error *err)
{
	const char *id;
	int ret = v6_json_string(root, "id", &id, err);

	if (ret < 0)
		return ret;
	if (!id_is_valid(id))
		return v6_fail(
			err, -EINVAL,
			"\"id\": \"%s\" is not a container id: expected 1 to %d printable ASCII characters without slash, quote or blank, no dot first",
			V6_SHOWN(id), V6_ID_MAX);

	memcpy(state->id, id, strlen(id) + 1);
	return 0;
}

static int parse_state_pid(const struct v6_json *root, struct v6_state *state, struct v6_error *err)
{
	long long pid = 0;
	int ret = v6_json_integer(root, "pid", 0, INT_MAX, &pid, err);

	if (ret < 0 && ret != -ENOENT)
		return ret;

	state->pid = (pid_t)pid;
	return 0;
}

/* check_values() - see that each annotation is a string, so that nothing has to look again */
static int check_values(const struct v6_json *annotations, struct v6_error *err)
{
	size_t i;

	for (i = 0; i < v6_json_size(annotations); i++)
		if (!v6_json_text(v6_json_member(annotations, i)))
			return v6_fail(err, -EINVAL, "annotations.\"%s\": expected a string",
				       V6_SHOWN(v6_json_key(annotations, i)));
	return 0;
}

/* is_own_key() - in capitals, too, so that whoever wrote one hears of it */
static bool is_own_key(const char *key)
{
	return strncasecmp(key, "v6.", strlen("v6.")) == 0;
}

/* copy_text() - put a string at the cursor, which moves behind its NUL */
static char *copy_text(char **cursor, const char *text)
{
	char *copy = *cursor;

	*cursor = stpcpy(copy, text) + 1;
	return copy;
}

/* copy_own() - keep the annotations that are meant for us, in one block with their text; CRI-O's
 * others run to kilobytes
 */
static int copy_own(const struct v6_json *annotations, struct v6_state *state, struct v6_error *err)
{
	size_t i, n = 0, size = 0;
	struct v6_annotation *own;
	const char *key;
	char *text;

	for (i = 0; i < v6_json_size(annotations); i++) {
		key = v6_json_key(annotations, i);
		if (!is_own_key(key))
			continue;
		n++;
		size += strlen(key) + 1 + strlen(v6_json_text(v6_json_member(annotations, i))) + 1;
	}
	if (n == 0)
		return 0;

	own = malloc(n * sizeof(*own) + size);
	if (!own)
		return v6_fail(err, -ENOMEM, "out of memory");
	state->annotations = own;
	state->n_annotations = n;

	text = (char *)(own + n);
	for (i = 0; i < v6_json_size(annotations); i++) {
		key = v6_json_key(annotations, i);
		if (!is_own_key(key))
			continue;
		own->key = copy_text(&text, key);
		own->value = copy_text(&text, v6_json_text(v6_json_member(annotations, i)));
		own++;
	}
	return 0;
}

static int check_pair(const char *pair, struct v6_error *err)
{
	if (!is_own_key(pair) || !strchr(pair, '='))
		return v6_fail(err, -EINVAL, "\"%s\": expected v6.KEY=VALUE", V6_SHOWN(pair));
	return 0;
}

int v6_state_annotate(struct v6_state *state, char *const *pairs, size_t n_pairs,
		      struct v6_error *err)
{
	struct v6_annotation *own;
	size_t i, size = 0;
	char *text;
	int ret = 0;

	if (state->n_annotations > 0 || n_pairs == 0)
		return 0;
	for (i = 0; i < n_pairs && ret == 0; i++) {
		ret = check_pair(pairs[i], err);
		size += strlen(pairs[i]) + 1;
	}
	if (ret < 0)
		return ret;
	own = malloc(n_pairs * sizeof(*own) + size);
	if (!own)
		return v6_fail(err, -ENOMEM, "out of memory");
	state->annotations = own;
	state->n_annotations = n_pairs;

	text = (char *)(own + n_pairs);
	for (i = 0; i < n_pairs; i++, own++) {
		own->key = copy_text(&text, pairs[i]);
		own->value = strchr(own->key, '=');
		*own->value++ = '\0';
	}
	return 1;
}

static const char *bundle_of(const struct v6_json *root)
{
	const char *bundle = "";

	v6_json_string(root, "bundle", &bundle, NULL);
	return bundle;
}

static void keep_status(const struct v6_json *root, struct v6_state *state)
{
	const char *status = "";

	v6_json_string(root, "status", &status, NULL);
	state->creating = strcmp(status, "creating") == 0;
}

static int parse_annotations(const struct v6_json *root, struct v6_state *state,
			     struct v6_error *err)
{
	const struct v6_json *annotations;
	int ret = v6_json_object(root, "annotations", &annotations, err);

	if (ret == -ENOENT || v6_json_is_null(root, "annotations"))
		return 0;
	if (ret < 0)
		return ret;

	ret = check_unique_keys(annotations, err);
	if (ret < 0)
		return v6_context(err, ret, "annotations");
	ret = check_values(annotations, err);
	if (ret < 0)
		return ret;

	v6_engine_find(annotations, bundle_of(root), state);
	state->disposable = v6_engine_is_disposing(annotations);
	v6_pod_find(annotations, state);
	state->member = v6_annotation_text(annotations, "io.kubernetes.cri-o.SandboxID");
	return copy_own(annotations, state, err); /* last, so that a failure has nothing to free */
}

static int parse_members(const struct v6_json *root, struct v6_state *state, struct v6_error *err)
{
	int ret;

	if (!v6_json_is_object(root))
		return v6_fail(err, -EINVAL, "expected an object");

	ret = check_unique_keys(root, err);
	if (ret < 0)
		return ret;
	ret = parse_state_id(root, state, err);
	if (ret < 0)
		return ret;
	ret = parse_state_pid(root, state, err);
	if (ret < 0)
		return ret;
	keep_status(root, state);
	if (strlen(bundle_of(root)) < sizeof(state->bundle))
		memcpy(state->bundle, bundle_of(root), strlen(bundle_of(root)) + 1);
	return parse_annotations(root, state, err);
}

int v6_state_parse(const char *json, size_t size, struct v6_state *ret_state, struct v6_error *err)
{
	auto_call(v6_json_cleanup) struct v6_json *root = NULL;
	struct v6_state state = {0};
	struct v6_error cause = {0};
	int ret;

	if (size > V6_STATE_SIZE_MAX)
		return v6_fail(err, -E2BIG, "container state: longer than %d bytes",
			       V6_STATE_SIZE_MAX);

	ret = v6_json_parse(json, size, &root, &cause);
	if (ret == 0)
		ret = parse_members(root, &state, &cause);
	if (ret < 0) /* a missing member is a malformed state */
		return v6_fail(err, ret == -ENOENT ? -EINVAL : ret, "container state: %s",
			       cause.text);

	*ret_state = state;
	return 0;
}
