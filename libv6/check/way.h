/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check the way between the service's interface and the container, and back. */
#ifndef V6_CHECK_WAY_H
#define V6_CHECK_WAY_H

struct v6_checked;

void v6_check_forwarding(struct v6_checked *c);
void v6_check_container(struct v6_checked *c);
void v6_check_inside(struct v6_checked *c);

/* v6_check_pending() - Instead of the way, if there is no target yet, or none any more */
void v6_check_pending(struct v6_checked *c);

#endif
