/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that something in the container listens on its ports, by IPv6. */
#ifndef V6_CHECK_LISTENING_H
#define V6_CHECK_LISTENING_H

struct v6_checked;

void v6_check_listening(struct v6_checked *c);

#endif
