/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container state that an engine writes to a hook's stdin. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/oci.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

/*
 * What tells an engine, the first line that holds being the answer. containerd comes first: no
 * other engine sets its keys, while images and pods may bring a manager along. podman sets CRI-O's
 * TTY and Created, and for containers in its pods also SandboxID and ContainerType, so these come
 * last.
 */
static const struct sign {
	const char *key;
	const char *value; /* NULL: any */
	enum v6_engine engine;
	bool is_prefix;
} signs[] = {
	{"io.kubernetes.cri.sandbox-id", NULL, V6_ENGINE_CONTAINERD, false},
	{"io.kubernetes.cri.container-type", NULL, V6_ENGINE_CONTAINERD, false},
	{"io.container.manager", "cri-o", V6_ENGINE_CRIO, false},
	{"io.container.manager", "libpod", V6_ENGINE_PODMAN, false},
	{"io.podman.annotations.", NULL, V6_ENGINE_PODMAN, true},
	{"io.kubernetes.cri-o.SandboxID", NULL, V6_ENGINE_CRIO, false},
	{"io.kubernetes.cri-o.ContainerType", NULL, V6_ENGINE_CRIO, false},
};

static const char *const sandbox_keys[] = {
	"io.kubernetes.cri.container-type",
	"io.kubernetes.cri-o.ContainerType",
};

const char *v6_engine_name(enum v6_engine engine)
{
	static const char *const names[V6_ENGINES] = {
		[V6_ENGINE_UNKNOWN] = "unknown", [V6_ENGINE_PODMAN] = "podman",
		[V6_ENGINE_CRIO] = "cri-o",	 [V6_ENGINE_CONTAINERD] = "containerd",
		[V6_ENGINE_LXC] = "lxc",
	};

	return names[engine];
}

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

/* What CRI-O has of addresses is two, at most, of one link */
#define ADDRESSES_MAX 4

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

static bool sign_holds(const struct sign *sign, const struct v6_json *annotations)
{
	size_t i, length = strlen(sign->key) + !sign->is_prefix; /* the NUL is compared as well */

	for (i = 0; i < v6_json_size(annotations); i++) {
		if (strncmp(v6_json_key(annotations, i), sign->key, length) != 0)
			continue;
		if (!sign->value ||
		    strcmp(v6_json_text(v6_json_member(annotations, i)), sign->value) == 0)
			return true;
	}
	return false;
}

static enum v6_engine find_engine(const struct v6_json *annotations)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(signs); i++)
		if (sign_holds(&signs[i], annotations))
			return signs[i].engine;
	return V6_ENGINE_UNKNOWN;
}

/* find_text() - the value of an annotation, or NULL */
static const char *find_text(const struct v6_json *annotations, const char *key)
{
	const char *text = NULL;

	v6_json_string(annotations, key, &text, NULL);
	return text;
}

bool v6_annotation_is_sandbox(const char *key, const char *value)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(sandbox_keys); i++)
		if (strcmp(key, sandbox_keys[i]) == 0)
			return strcmp(value, "sandbox") == 0;
	return false;
}

static bool find_sandbox(const struct v6_json *annotations)
{
	const char *value;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(sandbox_keys); i++) {
		value = find_text(annotations, sandbox_keys[i]);
		if (value && v6_annotation_is_sandbox(sandbox_keys[i], value))
			return true;
	}
	return false;
}

/* Not isalnum(): that depends on the locale */
static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool v6_container_name_is_valid(const char *name)
{
	size_t i;

	if (!is_alphanumeric(name[0]))
		return false;
	for (i = 0; name[i]; i++)
		if (!is_alphanumeric(name[i]) && !strchr("-_.", name[i]))
			return false;
	return i <= V6_CONTAINER_NAME_MAX;
}

/* copy_name() - @length of a text into zeroed room; nothing where it is too long, or there is none
 */
static void copy_name(char *to, size_t size, const char *text, size_t length)
{
	if (text && length < size)
		memcpy(to, text, length);
}

/* crio_part() - part number @n of what CRI-O joins by '_', "k8s" being number 0; or NULL */
static const char *crio_part(const char *text, unsigned int n, size_t *ret_length)
{
	if (!text || strncmp(text, "k8s_", strlen("k8s_")) != 0)
		return NULL;
	for (; n > 0; n--) {
		text = strchr(text, '_');
		if (!text)
			return NULL;
		text++;
	}
	*ret_length = strcspn(text, "_");
	return text;
}

/* find_crio_pod() - CRI-O calls a sandbox k8s_POD_NAMESPACE_UID_ATTEMPT, and a container of it
 * k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT. Names of Kubernetes have no '_' (RFC 1123), so that none
 * can shift the parts. ContainerName is not CRI-O's for containers: a pod may bring it along
 */
static void find_crio_pod(const struct v6_json *annotations, struct v6_state *state)
{
	const char *sandbox = find_text(annotations, "io.kubernetes.cri-o.SandboxName");
	const char *part;
	size_t length = 0;

	part = crio_part(sandbox, 1, &length);
	copy_name(state->pod, sizeof(state->pod), part, length);
	part = crio_part(sandbox, 2, &length);
	copy_name(state->pod_namespace, sizeof(state->pod_namespace), part, length);
	part = crio_part(find_text(annotations, "io.kubernetes.cri-o.Name"), 1, &length);
	copy_name(state->name, sizeof(state->name), part, length);
}

/* find_address() - the first one of IPv6 among those that CRI-O numbers */
static void find_address(const struct v6_json *annotations, struct v6_state *state)
{
	char key[sizeof("io.kubernetes.cri-o.IP.") + 10];
	struct in6_addr address;
	const char *text;
	unsigned int i;

	for (i = 0; i < ADDRESSES_MAX && state->engine == V6_ENGINE_CRIO; i++) {
		snprintf(key, sizeof(key), "io.kubernetes.cri-o.IP.%u", i);
		text = find_text(annotations, key);
		if (text && v6_address_parse(text, &address) == 0) {
			state->address = address;
			return;
		}
	}
}

/* copy_value() - as copy_name(), of the value of an annotation */
static void copy_value(char *to, size_t size, const struct v6_json *annotations, const char *key)
{
	const char *text = find_text(annotations, key);

	copy_name(to, size, text, text ? strlen(text) : 0);
}

static void find_containerd_pod(const struct v6_json *annotations, struct v6_state *state)
{
	copy_value(state->pod, sizeof(state->pod), annotations, "io.kubernetes.cri.sandbox-name");
	copy_value(state->pod_namespace, sizeof(state->pod_namespace), annotations,
		   "io.kubernetes.cri.sandbox-namespace");
	copy_value(state->name, sizeof(state->name), annotations,
		   "io.kubernetes.cri.container-name");
}

/* find_pod() - the pod, its namespace, and the container's name there, from the keys that each
 * engine writes itself, over any that a pod brings along. One engine never writes the other's: both
 * at once are a pod's attempt to look like another
 */
static void find_pod(const struct v6_json *annotations, struct v6_state *state)
{
	bool containerd = find_text(annotations, "io.kubernetes.cri.sandbox-namespace");
	bool crio = find_text(annotations, "io.kubernetes.cri-o.SandboxName");

	if (state->engine == V6_ENGINE_CONTAINERD && !crio)
		find_containerd_pod(annotations, state);
	else if (state->engine == V6_ENGINE_CRIO && !containerd)
		find_crio_pod(annotations, state);
	if (!v6_container_name_is_valid(state->name))
		memset(state->name, 0, sizeof(state->name));
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

	state->engine = find_engine(annotations);
	state->sandbox = find_sandbox(annotations);
	find_pod(annotations, state);
	find_address(annotations, state);
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
