/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which engine a container is of. Pods, images and users bring annotations along, so annotations
 * alone prove nothing. Two things nobody but the engine chooses: the place of the bundle, and the
 * container's id, which CRI-O writes among its annotations.
 *
 * Sources: SpecAddAnnotations() in cri-o/internal/factory/container/container.go,
 * buildContainerSpec() in containerd/internal/cri/server/container_create.go, and
 * generateSpec() in podman/libpod/container_internal_common.go. CRI-O and containerd write their
 * keys over those of a pod. podman writes its manager only where there is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "oci/engine.h"

#define MANAGER	     "io.container.manager"
#define CRIO_ID	     "io.kubernetes.cri-o.ContainerID"
#define CRIO_TYPE    "io.kubernetes.cri-o.ContainerType"
#define CRIO_SANDBOX "io.kubernetes.cri-o.SandboxID"
#define CRI_TYPE     "io.kubernetes.cri.container-type"
#define CRI_SANDBOX  "io.kubernetes.cri.sandbox-id"

/* Where Docker keeps its containers by default: docker info, "Docker Root Dir" */
#define DOCKER_CONTAINERS   "/var/lib/docker/containers"
#define HOSTCONFIG_SIZE_MAX (1 << 20)

/* Written last by CRI-O, from kubelet's labels; podman has no such annotation */
#define KUBELET_NAMESPACE "io.kubernetes.pod.namespace"

/**
 * struct sign - An annotation that names an engine
 * @value:	NULL: any
 * @is_prefix:	@key is the beginning of the annotation's key
 */
struct sign {
	const char *key;
	const char *value;
	enum v6_engine engine;
	bool is_prefix;
};

/* The engine's own keys, which no other one writes. Two engines' are a contradiction. */
static const struct sign signs[] = {
	{"io.kubernetes.cri.container-name", NULL, V6_ENGINE_CONTAINERD, false},
	{CRI_TYPE, NULL, V6_ENGINE_CONTAINERD, false},
	{CRI_SANDBOX, NULL, V6_ENGINE_CONTAINERD, false},
	{"io.kubernetes.cri.sandbox-name", NULL, V6_ENGINE_CONTAINERD, false},
	{"io.kubernetes.cri.sandbox-namespace", NULL, V6_ENGINE_CONTAINERD, false},
	{MANAGER, "cri-o", V6_ENGINE_CRIO, false},
	{MANAGER, "libpod", V6_ENGINE_PODMAN, false},
};

/*
 * What tells an engine where nothing better does. podman sets CRI-O's keys for containers in its
 * pods, and `podman kube generate` writes podman's into the manifests of pods.
 */
static const struct sign hints[] = {
	{"io.podman.annotations.", NULL, V6_ENGINE_PODMAN, true},
	{CRIO_SANDBOX, NULL, V6_ENGINE_CRIO, false},
	{CRIO_TYPE, NULL, V6_ENGINE_CRIO, false},
};

/* What the place of a bundle tells of the engine */
enum place {
	PLACE_UNKNOWN,
	PLACE_STORAGE,	  /* DRIVER-containers/ID/userdata, of the library containers/storage */
	PLACE_CRI,	  /* io.containerd.runtime.v2.task/k8s.io/ID */
	PLACE_CONTAINERD, /* the same in another namespace of containerd */
};

#define BIT(engine) (1U << (engine))

/**
 * struct keeper - Whose bundles are in a place
 * @engines:	Those whose annotations may be in there, by BIT()
 * @plain:	The engine where no annotation names one
 */
static const struct keeper {
	const char *whose;
	unsigned int engines;
	enum v6_engine plain;
} keepers[] = {
	[PLACE_UNKNOWN] = {"unknown", ~0U, V6_ENGINE_UNKNOWN},
	[PLACE_STORAGE] = {"podman's or cri-o's", BIT(V6_ENGINE_PODMAN) | BIT(V6_ENGINE_CRIO),
			   V6_ENGINE_PODMAN},
	[PLACE_CRI] = {"containerd's", BIT(V6_ENGINE_CONTAINERD), V6_ENGINE_UNKNOWN},
	[PLACE_CONTAINERD] = {"another client's of containerd", 0, V6_ENGINE_UNKNOWN},
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

const char *v6_annotation_text(const struct v6_json *annotations, const char *key)
{
	const char *text = NULL;

	v6_json_string(annotations, key, &text, NULL);
	return text;
}

static bool annotation_is(const struct v6_json *annotations, const char *key, const char *value)
{
	const char *text = v6_annotation_text(annotations, key);

	return text && strcmp(text, value) == 0;
}

bool v6_engine_is_disposing(const struct v6_json *annotations)
{
	return annotation_is(annotations, "io.podman.annotations.autoremove", "TRUE");
}

bool v6_engine_is_proven(const struct v6_json *annotations, const struct v6_state *state)
{
	return annotation_is(annotations, CRIO_ID, state->id);
}

/* cut_component() - Cut the last component off a path of @length. Return: it, or "" */
static const char *cut_component(const char *path, size_t *length, size_t *ret_length)
{
	size_t end = *length, begin = end;

	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	*ret_length = end - begin;
	*length = begin > 0 ? begin - 1 : 0;
	return path + begin;
}

static bool component_is(const char *component, size_t length, const char *text)
{
	return strlen(text) == length && strncmp(component, text, length) == 0;
}

static enum place find_bundle_place(const char *bundle, const char *id)
{
	static const char storage[] = "-containers", task[] = "io.containerd.runtime.";
	size_t rest = strlen(bundle), last_size, middle_size, first_size;
	const char *last = cut_component(bundle, &rest, &last_size);
	const char *middle = cut_component(bundle, &rest, &middle_size);
	const char *first = cut_component(bundle, &rest, &first_size);

	if (component_is(last, last_size, "userdata") && component_is(middle, middle_size, id) &&
	    first_size >= strlen(storage) &&
	    strncmp(first + first_size - strlen(storage), storage, strlen(storage)) == 0)
		return PLACE_STORAGE;
	if (!component_is(last, last_size, id) || strncmp(first, task, strlen(task)) != 0)
		return PLACE_UNKNOWN;
	return component_is(middle, middle_size, "k8s.io") ? PLACE_CRI : PLACE_CONTAINERD;
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

/* find_sign() - Find the first of @n signs that holds and is of one of @engines, or NULL */
static const struct sign *find_sign(const struct sign *sign, size_t n, unsigned int engines,
				    const struct v6_json *annotations)
{
	for (; n > 0; n--, sign++)
		if ((engines & BIT(sign->engine)) && sign_holds(sign, annotations))
			return sign;
	return NULL;
}

#define FIND_SIGN(table, engines, annotations) \
	find_sign(table, V6_ARRAY_SIZE(table), engines, annotations)

/* check_sign() - Check what names the engine against all else that is known of it */
static int check_sign(const struct sign *sign, enum place place, const struct v6_json *annotations,
		      const struct v6_state *state, struct v6_error *err)
{
	const struct sign *other = FIND_SIGN(signs, ~BIT(sign->engine), annotations);

	if (other)
		return v6_fail(
			err, -EPERM,
			"annotation %s is %s's, %s is %s's; remove the one that is not the engine's",
			sign->key, v6_engine_name(sign->engine), other->key,
			v6_engine_name(other->engine));
	if (!(keepers[place].engines & BIT(sign->engine)))
		return v6_fail(
			err, -EPERM,
			"annotation %s is %s's, but the container's bundle is %s; remove the annotation",
			sign->key, v6_engine_name(sign->engine), keepers[place].whose);
	if (sign->engine == V6_ENGINE_CRIO && !v6_engine_is_proven(annotations, state))
		return v6_fail(
			err, -EPERM,
			"annotation %s is %s's, but %s is not this container; remove the annotation, which an image may have brought",
			sign->key, v6_engine_name(sign->engine), CRIO_ID);
	return 0;
}

/* check_podman() - Check that what passes for podman's has no annotations of a pod of CRI-O: one
 * that is restored from a checkpoint has those of the checkpoint written over CRI-O's
 */
static int check_podman(const struct v6_json *annotations, const struct v6_state *state,
			struct v6_error *err)
{
	const char *key = v6_engine_is_proven(annotations, state) ? CRIO_ID : KUBELET_NAMESPACE;

	if (!v6_annotation_text(annotations, key))
		return 0;
	return v6_fail(
		err, -EPERM,
		"annotation %s is cri-o's, but no %s is; remove the annotations that are not the engine's",
		key, MANAGER);
}

/* is_sandbox() - Check whether it is a pod's sandbox, whose id its engine writes as the sandbox's
 */
static bool is_sandbox(const struct v6_json *annotations, const struct v6_state *state)
{
	if (state->engine == V6_ENGINE_CONTAINERD)
		return annotation_is(annotations, CRI_TYPE, "sandbox") &&
		       annotation_is(annotations, CRI_SANDBOX, state->id);
	return state->engine == V6_ENGINE_CRIO && v6_engine_is_proven(annotations, state) &&
	       annotation_is(annotations, CRIO_TYPE, "sandbox") &&
	       annotation_is(annotations, CRIO_SANDBOX, state->id);
}

/* has_text() - Check whether a small file has a text */
static bool has_text(const char *path, const char *text)
{
	auto_free char *found = NULL;
	size_t size;

	return v6_file_read_at(AT_FDCWD, path, HOSTCONFIG_SIZE_MAX, &found, &size) == 0 &&
	       strstr(found, text);
}

/* find_docker_home() - the bundle is gone as soon as a start has failed; Docker's own directory of
 * the container is not, and its hostconfig.json tells of --rm
 */
static void find_docker_home(const char *id, char *ret_home)
{
	char path[V6_NETNS_PATH_MAX + sizeof("/hostconfig.json")];

	snprintf(ret_home, V6_NETNS_PATH_MAX + 1, DOCKER_CONTAINERS "/%s", id);
	snprintf(path, sizeof(path), "%s/hostconfig.json", ret_home);
	if (has_text(path, "\"AutoRemove\":true"))
		*ret_home = '\0';
}

void v6_state_home(const struct v6_state *state, char *ret_home)
{
	struct stat st;

	*ret_home = '\0';
	/* what a user says of files is not looked at with root's eyes */
	if (state->disposable || state->uid != 0)
		return;
	if (state->engine == V6_ENGINE_LXC ||
	    find_bundle_place(state->bundle, state->id) == PLACE_STORAGE)
		snprintf(ret_home, V6_NETNS_PATH_MAX + 1, "%s", state->bundle);
	else if (find_bundle_place(state->bundle, state->id) == PLACE_CONTAINERD)
		find_docker_home(state->id, ret_home);
	if (stat(ret_home, &st) < 0 || !S_ISDIR(st.st_mode) || strchr(ret_home, '\n'))
		*ret_home = '\0';
}

void v6_engine_find(const struct v6_json *annotations, const char *bundle, struct v6_state *state)
{
	enum place place = find_bundle_place(bundle, state->id);
	const struct sign *sign = FIND_SIGN(signs, ~0U, annotations);
	int ret = sign ? check_sign(sign, place, annotations, state, &state->contradiction) : 0;

	if (!sign && place == PLACE_UNKNOWN)
		sign = FIND_SIGN(hints, ~0U, annotations);
	state->engine = sign ? sign->engine : keepers[place].plain;
	if (ret == 0 && state->engine == V6_ENGINE_PODMAN)
		ret = check_podman(annotations, state, &state->contradiction);
	state->sandbox = ret == 0 && is_sandbox(annotations, state);
}
