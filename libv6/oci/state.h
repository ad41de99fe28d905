/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What annotations of engines mean, for who reads them elsewhere than in a container's state. */
#ifndef V6_OCI_STATE_H
#define V6_OCI_STATE_H

#include <stdbool.h>

/* v6_annotation_is_sandbox() - whether an annotation says that the container is a pod's sandbox */
bool v6_annotation_is_sandbox(const char *key, const char *value);

#endif
