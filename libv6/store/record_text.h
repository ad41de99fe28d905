/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a record. */
#ifndef V6_STORE_RECORD_TEXT_H
#define V6_STORE_RECORD_TEXT_H

#include "base/json.h"
#include "store/host.h"

/**
 * v6_record_parse() - Read the text of a record, with suspicion
 * @id:		Container id, which the text has to name
 * @text:	@size bytes
 * @ret_record:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or as v6_record_load()
 */
int v6_record_parse(struct v6_host *host, const char *id, const char *text, size_t size,
		    struct v6_record *ret_record, struct v6_error *err);

/* v6_record_write() - the text of a record, as v6_record_parse() reads it */
void v6_record_write(struct v6_json_writer *w, struct v6_host *host,
		     const struct v6_record *record);

#endif
