/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our hooks in a config.json, of which every other byte stays as it is. */
#ifndef RUNTIME_SPLICE_H
#define RUNTIME_SPLICE_H

#include <stddef.h>

#include "wishes.h"

/**
 * splice_config() - Put our hooks into a config.json that asks for them
 * @text:	It; need not be NUL-terminated
 * @size:	Bytes
 * @hook:	Path of our hook
 * @late:	The container's network may come after the hook: see oci-v6-hook(8)
 * @ret_text:	Set where 1 is returned: the text with the hooks; free()
 * @ret_size:	Its bytes
 * @ret_optional: The container may start without; set where a text could be read
 * @err:	NULL, or filled in on failure only
 *
 * Ours comes last before the start and first after the end, so that engines' own have set networks
 * up, and not yet taken them down. Hooks of ours that are there stay alone, whoever put them there.
 *
 * Return: 1, 0 (nothing to do), -EINVAL (@err names the place) or -ENOMEM
 *
 * Source: https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md#posix-platform-hooks
 */
int splice_config(const char *text, size_t size, const char *hook, bool late, char **ret_text,
		  size_t *ret_size, bool *ret_optional, struct v6_error *err);

#endif
