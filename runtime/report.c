/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Report a failure as the engine expects it, and keep it. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <libv6/store.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "../hook/log.h"
#include "report.h"

/* As runc and crun would, by a line with a level and a message */
void report_refusal(const struct command *command, const char *text)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	const char *line;
	size_t size;
	auto_fd int fd = -1;

	if (!command->log || !command->log_format || strcmp(command->log_format, "json") != 0)
		return;
	fd = open(command->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0 || v6_json_writer_new(&w, NULL) < 0)
		return;
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "level", "error");
	v6_json_put_string(w, "msg", text);
	v6_json_end_object(w);
	if (v6_json_finish(w, &line, &size, NULL) == 0 && write(fd, line, size) < 0)
		return; /* it is told in other places, too */
}

static void note_report(const struct command *command, const char *text)
{
	struct v6_state state = {.pid = 0};

	if (!command->id || strlen(command->id) > V6_ID_MAX)
		return;
	memcpy(state.id, command->id, strlen(command->id) + 1);
	v6_failure_note(V6_RUN_DIR, &state, text);
}

void report_failure(const struct command *command, const char *text)
{
	log_line(LOG_ERR, command->id ? command->id : "", text);
	report_refusal(command, text);
	note_report(command, text);
}

void report_warning(const struct command *command, const char *text)
{
	log_line(LOG_WARNING, command->id ? command->id : "", text);
	note_report(command, text);
}
