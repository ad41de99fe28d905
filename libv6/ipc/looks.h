/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the claims of a user's record stand in the kernel, as text. */
#ifndef V6_IPC_LOOKS_H
#define V6_IPC_LOOKS_H

#include "base/json.h"
#include "store/host.h"

/**
 * v6_looks_write() - Write how the claims of a record stand in the kernel
 * @w:		Gets {"looks": [{"state", "connections", "bytes", "shared"}, ...]}, by service and
 *		then mapping. The state is a number, as both sides are of one version; bytes are
 *		missing if they are not counted. The container that holds an address is left out
 */
void v6_looks_write(struct v6_json_writer *w, struct v6_host *host, const struct v6_record *record);

/**
 * v6_looks_parse() - Read what v6_looks_write() wrote
 * @ret_told:	Set on success; release with v6_told_release()
 *
 * Return: 0, -EINVAL, -ENOENT (something is missing) or -ENOMEM
 */
int v6_looks_parse(const char *text, size_t size, struct v6_told *ret_told, struct v6_error *err);
void v6_told_release(struct v6_told *told);

#endif
