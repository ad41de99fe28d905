/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file for each published name, as dnsmasq's hostsdir= reads them. */
#ifndef V6_NAMES_HOSTS_DIR_H
#define V6_NAMES_HOSTS_DIR_H

#include <stdbool.h>

#include <libv6/base.h>

/* Everybody may read it. A file has the name of the service, and one line: address, name. */
#define V6_HOSTS_DIR "/run/oci-v6-hosts"

/* Longest name that is published: the file's own and a temporary one have to fit NAME_MAX. */
#define V6_HOSTS_NAME_MAX 230

/* struct v6_hosts_entry - what one file says; @name: borrowed. A dot at its end is left out there
 */
struct v6_hosts_entry {
	struct in6_addr address;
	const char *name;
};

/* v6_hosts_is_same() - whether two entries are one file, and say the same */
bool v6_hosts_is_same(const struct v6_hosts_entry *a, const struct v6_hosts_entry *b);

/* v6_hosts_has() - whether the file is there, and says just that. Return: 1, 0 or negative errno */
int v6_hosts_has(const struct v6_hosts_entry *entry);

/* v6_hosts_add() - write the file whole, make the directory where it is missing. Return: 1 (it was
 * not there), 0 or -EPERM (others than root may write to the directory) or another negative errno
 */
int v6_hosts_add(const struct v6_hosts_entry *entry);

/* v6_hosts_remove() - remove the file if it says just that. Return: 0 or a negative errno */
int v6_hosts_remove(const struct v6_hosts_entry *entry);

/**
 * v6_hosts_each() - Visit the files that are as v6_hosts_add() writes them
 * @visit:	Called with an entry that lives for the visit only; negative ends the visit
 * @data:	Passed to @visit
 *
 * What else is in the directory is passed over.
 *
 * Return: 0, also where there is no such directory, what @visit returned, or a negative errno
 */
int v6_hosts_each(int (*visit)(const struct v6_hosts_entry *entry, void *data), void *data);

#endif
