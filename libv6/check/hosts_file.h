/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check what /etc/hosts says of a name: a line that is no good is passed over without a word. */
#ifndef V6_CHECK_HOSTS_FILE_H
#define V6_CHECK_HOSTS_FILE_H

struct v6_checker;

/* v6_check_hosts_file() - report the first line that has a name behind something that is no address
 */
void v6_check_hosts_file(struct v6_checker *checker, const char *name);

#endif
