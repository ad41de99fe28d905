/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the claims of a user's record stand in the kernel, as text. */
#ifndef V6_IPC_LOOKS_H
#define V6_IPC_LOOKS_H

#include <stdio.h>

#include "store/host.h"

/**
 * v6_looks_write() - Write how the claims of a record stand in the kernel
 * @out:	Gets a line for each, by service and then mapping: its state as a number, as both
 *		sides are of one version, its connections, its bytes (-1: not counted), and 1 if it
 *		is shared, otherwise 0. The container that holds an address is left out
 */
void v6_looks_write(FILE *out, struct v6_host *host, const struct v6_record *record);

/**
 * v6_looks_parse() - Read what v6_looks_write() wrote
 * @text:	NUL-terminated
 * @ret_told:	Set on success; release with v6_told_release()
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_looks_parse(const char *text, struct v6_told *ret_told, struct v6_error *err);
void v6_told_release(struct v6_told *told);

#endif
