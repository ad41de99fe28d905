/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which groups a user is. */
#ifndef V6_POLICY_GROUPS_H
#define V6_POLICY_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * v6_user_is_member() - Whether a user is in one of some groups
 * @uid:	The user
 * @groups:	@n of them
 *
 * As the host's data bases of users and groups say now, his main group included: what a process in
 * a user namespace has for groups is nothing to go by. A user without a name is in none.
 */
bool v6_user_is_member(uid_t uid, const gid_t *groups, size_t n);

#endif
