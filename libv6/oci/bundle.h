/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the config.json of a container's bundle says beyond its state. */
#ifndef V6_OCI_BUNDLE_H
#define V6_OCI_BUNDLE_H

#include <libv6/oci.h>

/* struct v6_bundle - a config.json that was read; of zeroes if there is none that can be read */
struct v6_bundle {
	char *text;
	size_t size;
};

/* v6_bundle_read() - read that of a container; v6_bundle_release() frees it. Where a state names no
 * bundle, or another one, as some runtimes do, there is none
 */
struct v6_bundle v6_bundle_read(const struct v6_state *state);
void v6_bundle_release(struct v6_bundle *bundle);

/* v6_bundle_netns() - the file that is to be the container's network namespace, or "": the runtime
 * makes a new one, or nobody knows. @ret_path has room for V6_NETNS_PATH_MAX + 1
 */
void v6_bundle_netns(const struct v6_bundle *bundle, char *ret_path);

#endif
