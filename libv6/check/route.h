/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check the host's routes, of questions to the container and of answers to clients. */
#ifndef V6_CHECK_ROUTE_H
#define V6_CHECK_ROUTE_H

struct v6_checked;

void v6_check_route(struct v6_checked *c);

#endif
