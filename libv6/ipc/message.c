/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read requests to v6d, and what it says of a failure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ipc/message.h"

/* In the order of enum v6_socket_verb. */
static const char *const verbs[V6_SOCKET_VERBS] = {"bind", "unbind", "list"};

#define ERRNO_MAX 4095 /* MAX_ERRNO in linux/include/linux/err.h */

const char *v6_socket_verb_name(enum v6_socket_verb verb)
{
	return verbs[verb];
}

static int find_verb(const char *word, size_t size, enum v6_socket_verb *ret_verb)
{
	size_t i;

	for (i = 0; i < V6_SOCKET_VERBS; i++) {
		if (strlen(verbs[i]) == size && memcmp(verbs[i], word, size) == 0) {
			*ret_verb = (enum v6_socket_verb)i;
			return 0;
		}
	}
	return -EPROTO;
}

int v6_socket_request_parse(const char *message, size_t size, struct v6_socket_request *ret_request,
			    struct v6_error *err)
{
	struct v6_socket_request request = {.state = {.pid = 0}};
	const char *end = memchr(message, '\n', size);
	size_t head = end ? (size_t)(end - message) + 1 : 0;
	int ret = 0;

	if (!end || find_verb(message, head - 1, &request.verb) < 0)
		return v6_fail(err, -EPROTO,
			       "v6d does not know what is asked for; restart it if it is older");
	if (request.verb != V6_SOCKET_LIST)
		ret = v6_state_parse(message + head, size - head, &request.state, err);
	if (ret == 0)
		*ret_request = request;
	return ret;
}

int v6_socket_failure_parse(const char *text, struct v6_error *err)
{
	unsigned int code = 0;

	if (v6_text_number(&text, 1, ERRNO_MAX, &code) < 0 || *text != '\n') {
		code = EPROTO;
	} else {
		v6_fail(err, -(int)code, "%s", text + 1);
		if (!err || *err->text)
			return -(int)code;
	}
	return v6_fail(err, -(int)code,
		       "v6d failed, and does not say why; see its log (journalctl -u v6d)");
}

/* copy_line() - Copy the next line, and pass over it. Return: whether it was there, and fitted */
static bool copy_line(const char **cursor, char *ret_line, size_t size)
{
	size_t length = strcspn(*cursor, "\n");

	if ((*cursor)[length] != '\n' || length >= size)
		return false;
	memcpy(ret_line, *cursor, length);
	ret_line[length] = '\0';
	v6_text_printable(ret_line);
	*cursor += length + 1;
	return true;
}

int v6_socket_kept_parse(const char *text, struct v6_failure *ret_failure)
{
	struct v6_failure f = {.when = 0};
	char when[32];

	if (!copy_line(&text, f.id, sizeof(f.id)) || !copy_line(&text, when, sizeof(when)) ||
	    !copy_line(&text, f.hosts, sizeof(f.hosts)) ||
	    !copy_line(&text, f.name, sizeof(f.name)) || !copy_line(&text, f.text, sizeof(f.text)))
		return -EPROTO;
	f.when = strtoll(when, NULL, 10);
	*ret_failure = f;
	return 0;
}
