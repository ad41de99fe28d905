/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager is told. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/**
 * notify() - Tell the service manager, where there is one
 * @state:	"READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=..."
 *
 * Failing is none of our business.
 *
 * Source: sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names, '@' for an abstract one
 */
void notify(const char *state);

/* notify_watchdog_ms() - how often it wants to hear of us, at least; -1: it does not */
int notify_watchdog_ms(void);

#endif
