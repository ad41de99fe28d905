/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that services need: noted before they are changed, and put back. */
#ifndef V6_APPLY_SETTINGS_H
#define V6_APPLY_SETTINGS_H

#include "kernel/setting.h"
#include "store/changed.h"
#include "store/host.h"

/* v6_settings_note() - Tell of a change and note it; called before it by v6_forwarding_on() and the
 * like, with the host as @data. Failing to note it is no failure
 */
void v6_settings_note(const struct v6_link_setting *setting, int from, int to, void *data);

/* struct v6_put_back - how many settings have their former value, and how many could not get it */
struct v6_put_back {
	unsigned int done, left;
};

/**
 * v6_settings_put_back() - Give the settings that were changed their former values
 * @host:	This host, locked; no service needs them any more
 * @opened:	Only force_forwarding, which is not safe without our table; otherwise all but that
 * @ret_done:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * What somebody has changed since stays, as does what is of another network namespace. So does
 * accept_ra of an interface that somebody else has forward: its routes learnt from routers would
 * go. Each is told as a step. Doing it twice changes nothing; a failure does not stop the others.
 *
 * Return: 0 or the first negative errno
 */
int v6_settings_put_back(struct v6_host *host, bool opened, struct v6_put_back *ret_done,
			 struct v6_error *err);

/**
 * v6_settings_put_back_inside() - The same of a container's network
 * @host:	This host, locked
 * @nl:		NETLINK_ROUTE socket of the container's network namespace, where the calling thread
 * is
 * @changes:	One at least, all of that namespace; those that could not be put back are left
 * @err:	NULL, or filled in on failure only
 *
 * IPv6 is turned off again only if the interface has no other address by now.
 *
 * Return: 0 or the first negative errno
 */
int v6_settings_put_back_inside(struct v6_host *host, struct v6_nl *nl, struct v6_changes *changes,
				struct v6_error *err);

/* v6_settings_settle() - After v6_settings_note(): have one note of each setting, and none of
 * interfaces that are gone, as a bridge is made again with each first container on it
 */
void v6_settings_settle(struct v6_host *host);

/* v6_settings_tidy() - Forget those of interfaces that are gone, if there are many. Return: 0 or a
 * negative errno
 */
int v6_settings_tidy(struct v6_host *host, struct v6_error *err);

#endif
