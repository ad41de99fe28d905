/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The config.json of a container that is about to be made. */
#ifndef RUNTIME_BUNDLE_H
#define RUNTIME_BUNDLE_H

#include <libv6/base.h>

#include "command.h"

/* Engines pass it on by gRPC, which containerd limits to this. */
#define BUNDLE_SIZE_MAX (16 * 1024 * 1024)

/**
 * bundle_prepare() - Put our hooks into a bundle's config.json, if it asks for them
 * @command:	To create or to run a container
 * @hook:	Path of our hook
 * @err:	Filled in where 1 or a negative errno is returned
 *
 * The file is replaced whole, and keeps its owner and permissions; one that asks for nothing is not
 * written to. What can't be opened is left to the runtime, which says so itself. Of a file over
 * BUNDLE_SIZE_MAX, no more is in memory at once, and it may not ask for anything.
 *
 * Return: 0; 1 (failed, but the container may start without); or a negative errno
 */
int bundle_prepare(const struct command *command, const char *hook, struct v6_error *err);

#endif
