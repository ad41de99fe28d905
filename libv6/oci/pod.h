/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container state says of the pod. */
#ifndef V6_OCI_POD_H
#define V6_OCI_POD_H

#include <libv6/oci.h>

#include "base/json.h"

/**
 * v6_pod_find() - Find the pod, its namespace, and the container's name and address
 * @annotations: Of the container; the values are strings
 * @state:	Has what v6_engine_find() sets; @pod_namespace, @pod, @name and @address are set, or
 *		@contradiction where kubelet's labels say something else
 *
 * Only keys count that the engine writes over those of a pod. In contradictory annotations nothing
 * does.
 */
void v6_pod_find(const struct v6_json *annotations, struct v6_state *state);

#endif
