/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's data bases of users and groups. */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/groups.h"

/* has_any() - whether two lists of groups have one in common */
static bool has_any(const gid_t *his, int n_his, const gid_t *groups, size_t n)
{
	size_t i;

	for (; n_his > 0; his++, n_his--)
		for (i = 0; i < n; i++)
			if (*his == groups[i])
				return true;
	return false;
}

bool v6_user_is_member(uid_t uid, const gid_t *groups, size_t n)
{
	const struct passwd *user = getpwuid(uid);
	auto_free gid_t *his = NULL;
	int n_his = 0, fits;

	if (!user)
		return false;
	getgrouplist(user->pw_name, user->pw_gid, NULL, &n_his); /* how many they are */
	fits = n_his;
	his = calloc((size_t)fits, sizeof(*his));
	if (!his)
		return false;
	getgrouplist(user->pw_name, user->pw_gid, his, &n_his);
	return has_any(his, n_his < fits ? n_his : fits, groups, n);
}
