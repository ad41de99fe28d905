/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check the way of one client, whose address was given: v6_checker_from(). */
#ifndef V6_CHECK_CLIENT_H
#define V6_CHECK_CLIENT_H

#include "kernel/link.h"

struct v6_checked;
struct v6_service;

/* v6_check_client() - says nothing where no client's address was given */
void v6_check_client(struct v6_checked *c);

/* v6_client_link() - the interface by which that client comes, as far as routes tell; that of the
 * service where no client was given, or no route leads to it
 */
int v6_client_link(struct v6_checked *c, const struct v6_service *service);

#endif
