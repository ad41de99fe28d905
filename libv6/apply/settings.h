/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the host's interfaces that services need. */
#ifndef V6_APPLY_SETTINGS_H
#define V6_APPLY_SETTINGS_H

#include "store/host.h"

/**
 * v6_settings_pass() - See to it that a service is found on its interface, and packets reach it
 * @host:	This host; in a dry run, tell what would be changed
 * @record:	The record, and
 * @service:	its service address
 * @err:	NULL, or filled in on failure only
 *
 * What is changed is noted in V6_RUN_DIR, for v6ctl check; failing to is no failure.
 *
 * Return: 0 or a negative errno
 */
int v6_settings_pass(struct v6_host *host, const struct v6_record *record,
		     const struct v6_service *service, struct v6_error *err);

/* v6_settings_announce() - have containers behind a bridge find this host also when its link-layer
 * address there changes, as it may with any container that comes or goes; no start fails of it
 */
void v6_settings_announce(struct v6_host *host, const struct v6_destination *d);

#endif
