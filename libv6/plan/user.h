/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What users other than root may do beyond what policy says: their containers' services lead to
 * ports that they published on this host, and that is all they may lead to.
 */
#ifndef V6_PLAN_USER_H
#define V6_PLAN_USER_H

#include "store/host.h"

/**
 * v6_user_check_netns() - Whether a container's network is its user's own
 * @host:	This host, whose own network is nobody's
 * @uid:	The user
 * @netns:	The container's network namespace
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPERM (it is not) or another negative errno
 */
int v6_user_check_netns(struct v6_host *host, uid_t uid, int netns, struct v6_error *err);

/**
 * v6_user_check_targets() - Whether a record leads to no port that is not its user's
 * @record:	A user's; its services are placed
 * @err:	NULL, or filled in on failure only
 *
 * Ports that only root may listen on are not, and ports on which somebody else listens now. A port
 * on which nobody does is: podman publishes it after the hook where it makes a user namespace for
 * the container alone.
 *
 * Return: 0, -EPERM or another negative errno: that can't be known now
 */
int v6_user_check_targets(const struct v6_record *record, struct v6_error *err);

/**
 * v6_user_check_quota() - Whether a user may have the claims of one more record
 * @host:	This host, configured. Unless it is locked, the answer may be another one soon
 * @record:	A user's, not saved yet; its number of services counts, not which they are. A
 *		former one of the same container does not count
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EDQUOT or another negative errno
 */
int v6_user_check_quota(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

#endif
