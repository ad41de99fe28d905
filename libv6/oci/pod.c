/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pod of a container, from the annotations that its engine writes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "oci/engine.h"
#include "oci/pod.h"

#define CRIO_NAME "io.kubernetes.cri-o.Name"
#define CRIO_POD  "io.kubernetes.cri-o.SandboxName"

/* What CRI-O has of addresses is two, at most, of one link */
#define ADDRESSES_MAX 4

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
	const char *sandbox = v6_annotation_text(annotations, CRIO_POD);
	const char *part;
	size_t length = 0;

	part = crio_part(sandbox, 1, &length);
	copy_name(state->pod, sizeof(state->pod), part, length);
	part = crio_part(sandbox, 2, &length);
	copy_name(state->pod_namespace, sizeof(state->pod_namespace), part, length);
	part = crio_part(v6_annotation_text(annotations, CRIO_NAME), 1, &length);
	copy_name(state->name, sizeof(state->name), part, length);
}

/* check_label() - Check what CRI-O says against a label of kubelet's. CRI-O writes labels last, so
 * they hold even where a checkpoint brought annotations along that are written over CRI-O's own
 */
static int check_label(const struct v6_json *annotations, const char *label, const char *key,
		       const char *value, struct v6_error *err)
{
	const char *text = v6_annotation_text(annotations, label);

	if (!text || strcmp(text, value) == 0)
		return 0;
	return v6_fail(err, -EPERM,
		       "annotation %s says %s, %s %s; remove the one that is not the engine's",
		       label, V6_SHOWN(text), key, *value ? V6_SHOWN(value) : "nothing");
}

static void check_labels(const struct v6_json *annotations, struct v6_state *state)
{
	struct v6_error *err = &state->contradiction;
	int ret = check_label(annotations, "io.kubernetes.pod.namespace", CRIO_POD,
			      state->pod_namespace, err);

	if (ret == 0)
		ret = check_label(annotations, "io.kubernetes.pod.name", CRIO_POD, state->pod, err);
	if (ret == 0 && !state->sandbox)
		check_label(annotations, "io.kubernetes.container.name", CRIO_NAME, state->name,
			    err);
}

/* find_crio_address() - the first one of IPv6 among those that CRI-O numbers */
static void find_crio_address(const struct v6_json *annotations, struct v6_state *state)
{
	char key[sizeof("io.kubernetes.cri-o.IP.") + 10];
	struct in6_addr address;
	const char *text;
	unsigned int i;

	for (i = 0; i < ADDRESSES_MAX; i++) {
		snprintf(key, sizeof(key), "io.kubernetes.cri-o.IP.%u", i);
		text = v6_annotation_text(annotations, key);
		if (text && v6_address_parse(text, &address) == 0) {
			state->address = address;
			return;
		}
	}
}

/* copy_value() - as copy_name(), of the value of an annotation */
static void copy_value(char *to, size_t size, const struct v6_json *annotations, const char *key)
{
	const char *text = v6_annotation_text(annotations, key);

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

/* forget_pod() - Leave nothing of what annotations say that contradict each other */
static void forget_pod(struct v6_state *state)
{
	state->sandbox = false;
	memset(state->pod_namespace, 0, sizeof(state->pod_namespace));
	memset(state->pod, 0, sizeof(state->pod));
	memset(state->name, 0, sizeof(state->name));
	state->address = in6addr_any;
}

void v6_pod_find(const struct v6_json *annotations, struct v6_state *state)
{
	bool crio = state->engine == V6_ENGINE_CRIO && v6_engine_is_proven(annotations, state);

	if (state->contradiction.code)
		return;
	if (state->engine == V6_ENGINE_CONTAINERD)
		find_containerd_pod(annotations, state);
	if (crio) {
		find_crio_pod(annotations, state);
		find_crio_address(annotations, state);
	}
	if (!v6_container_name_is_valid(state->name))
		memset(state->name, 0, sizeof(state->name));
	if (crio)
		check_labels(annotations, state);
	if (state->contradiction.code)
		forget_pod(state);
}
