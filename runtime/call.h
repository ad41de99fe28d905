/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our hook, run by us: for what the runtime is asked for later than it knows hooks. */
#ifndef RUNTIME_CALL_H
#define RUNTIME_CALL_H

#include <libv6/base.h>

#include "command.h"

/**
 * call_hook() - Run our hook for a container that has services
 * @hook:	Its path
 * @stage:	What for
 * @id:		The container; where it has none, nothing is done
 * @err:	NULL, or filled in on failure only, with what the hook has said already
 *
 * Return: 0, or a negative errno: it failed
 */
int call_hook(const char *hook, const char *stage, const char *id, struct v6_error *err);

/**
 * call_kill() - Have the runtime end a container that was made, and is not to be started
 * @runtime:	Its path
 * @argv:	Of the start, which has all that the runtime wants to find it
 * @command:	What @argv says
 *
 * Or engines would take it for one that may still be started, and never forget it.
 */
void call_kill(const char *runtime, char *const *argv, const struct command *command);

#endif
