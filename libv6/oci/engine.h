/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which engine a container is of. */
#ifndef V6_OCI_ENGINE_H
#define V6_OCI_ENGINE_H

#include <libv6/oci.h>

#include "base/json.h"

/**
 * v6_annotation_text() - Find an annotation
 * @annotations: The object; its values are strings
 * @key:	The annotation's
 *
 * Return: its value, or NULL
 */
const char *v6_annotation_text(const struct v6_json *annotations, const char *key);

/**
 * v6_engine_find() - Find which engine wrote a container state
 * @annotations: Of the container; the values are strings
 * @bundle:	Of the container, or ""
 * @state:	Has @id; @engine, @sandbox and @contradiction are set
 */
void v6_engine_find(const struct v6_json *annotations, const char *bundle, struct v6_state *state);

/* v6_engine_is_disposing() - Check whether podman removes the container as soon as it has exited */
bool v6_engine_is_disposing(const struct v6_json *annotations);

/* v6_engine_is_proven() - Check whether a state of CRI-O has the container's id among annotations
 */
bool v6_engine_is_proven(const struct v6_json *annotations, const struct v6_state *state);

#endif
