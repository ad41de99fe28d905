/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests from annotations that a test writes out. */
#ifndef TESTS_UNIT_REQUEST_H
#define TESTS_UNIT_REQUEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libv6/oci.h>

#include "base/cleanup.h"

/* request_of() - annotations as KEY, VALUE, KEY, VALUE, NULL, to the request of the container that
 * its pod calls @name
 */
static inline int request_of(const char *name, struct v6_request *ret_request, struct v6_error *err,
			     ...)
{
	struct v6_annotation annotations[8];
	struct v6_state state = {.id = "a", .annotations = annotations};
	va_list ap;
	char *key;

	va_start(ap, err);
	while ((key = va_arg(ap, char *))) {
		annotations[state.n_annotations].key = key;
		annotations[state.n_annotations++].value = va_arg(ap, char *);
	}
	va_end(ap);
	strcpy(state.name, name);
	return v6_request_from_state(&state, ret_request, err);
}

/* request() - the same of a container that has no name there */
#define request(...) request_of("", __VA_ARGS__)

#endif
