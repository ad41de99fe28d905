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

/* struct v6_sysctl_key - a sysctl as the user wrote it */
struct v6_sysctl_key {
	char s[V6_INTERFACE_SIZE + sizeof("net.ipv6.conf..disable_ipv6")];
};

/**
 * v6_bundle_disables_ipv6() - Look for a sysctl that turns IPv6 off for an interface
 * @link:	The interface's name in the container
 * @ret_key:	Set if there is one
 * @ret_link:	"all" or the interface's name, as @ret_key has it; room for IF_NAMESIZE
 *
 * Runtimes take dots or slashes as separators, as sysctl(8) does.
 *
 * Return: whether there is one
 */
bool v6_bundle_disables_ipv6(const struct v6_bundle *bundle, const char *link,
			     struct v6_sysctl_key *ret_key, char *ret_link);

#endif
