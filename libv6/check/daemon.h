/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check whether v6d runs, and whether users other than root reach it. */
#ifndef V6_CHECK_DAEMON_H
#define V6_CHECK_DAEMON_H

struct v6_checker;

void v6_check_daemon(struct v6_checker *checker);

#endif
