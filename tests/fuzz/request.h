/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to hold for a request that was read of annotations. */
#ifndef TESTS_FUZZ_REQUEST_H
#define TESTS_FUZZ_REQUEST_H

#include <libv6/oci.h>

/**
 * request_check() - Read a request and look at what came of it
 * @state:	Parsed, or made by hand
 */
void request_check(const struct v6_state *state);

#endif
