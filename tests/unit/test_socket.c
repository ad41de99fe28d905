/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes through v6d's door, and both ends of it. */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <libv6/apply.h>

#include "ipc/looks.h"
#include "ipc/message.h"
#include "store/host.h"
#include "scratch.h"

#define STATE \
	"{\"ociVersion\":\"1.0\",\"id\":\"web\",\"pid\":4711,\"annotations\":{\"v6.host\":\"web3\"}}"

static int parse(const char *message, struct v6_socket_request *ret_request)
{
	struct v6_error err = {.code = 0};
	/* of just its size, so that reading past it is seen */
	auto_free char *copy = malloc(strlen(message) + !*message);
	int ret;

	assert_non_null(copy);
	memcpy(copy, message, strlen(message));
	ret = v6_socket_request_parse(copy, strlen(message), ret_request, &err);
	assert_int_equal(ret, err.code);
	return ret;
}

static void requests_are_a_verb_and_a_state(void **state)
{
	struct v6_socket_request request;

	(void)state;
	assert_int_equal(parse("bind\n" STATE, &request), 0);
	assert_int_equal(request.verb, V6_SOCKET_BIND);
	assert_string_equal(request.state.id, "web");
	assert_int_equal(request.state.pid, 4711);
	assert_int_equal(request.state.uid, 0);
	assert_int_equal(request.state.n_annotations, 1);
	v6_state_release(&request.state);

	assert_int_equal(parse("unbind\n" STATE, &request), 0);
	assert_int_equal(request.verb, V6_SOCKET_UNBIND);
	v6_state_release(&request.state);

	assert_int_equal(parse("list\n", &request), 0);
	assert_int_equal(request.verb, V6_SOCKET_LIST);
	assert_null(request.state.annotations);
	v6_state_release(&request.state);
}

static void other_requests_are_refused(void **state)
{
	static const char *const unknown[] = {"",	 "\n",	    "bind",
					      "bin\n",	 "bind \n", "Bind\n",
					      "bindx\n", STATE,	    ("\nbind\n" STATE)};
	static const char *const malformed[] = {"bind\n",   "unbind\n", "bind\n{}",
						"bind\n[]", "bind\n\n", ("bind\n" STATE STATE)};
	struct v6_socket_request request, before;
	size_t i;

	(void)state;
	memset(&request, 0x5a, sizeof(request));
	before = request;
	for (i = 0; i < V6_ARRAY_SIZE(unknown); i++)
		assert_int_equal(parse(unknown[i], &request), -EPROTO);
	for (i = 0; i < V6_ARRAY_SIZE(malformed); i++)
		assert_int_equal(parse(malformed[i], &request), -EINVAL);
	assert_memory_equal(&request, &before, sizeof(request));
}

static void failures_have_a_number_and_a_text(void **state)
{
	static const char *const others[] = {"",      "1",	 "1 x",	 "0\nx",
					     "-1\nx", "4096\nx", "x\nx", "01\nx"};
	struct v6_error err;
	size_t i;

	(void)state;
	assert_int_equal(v6_socket_failure_parse("1\nweb3: no\x1b", &err), -EPERM);
	assert_string_equal(err.text, "web3: no?");
	assert_int_equal(v6_socket_failure_parse("4095\n", &err), -4095);
	assert_string_equal(err.text,
			    "v6d failed, and does not say why; see its log (journalctl -u v6d)");
	/* half a character is none */
	assert_int_equal(v6_socket_failure_parse("13\n\xc5", &err), -EACCES);
	assert_true(*err.text);
	assert_int_equal(v6_socket_failure_parse("13\n", NULL), -EACCES);
	for (i = 0; i < V6_ARRAY_SIZE(others); i++)
		assert_int_equal(v6_socket_failure_parse(others[i], &err), -EPROTO);
}

/* answer() - somebody at the other end, who sends @messages in turn to one connection */
static pid_t answer(const char *path, const char *const *messages, size_t n)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char byte;
	pid_t pid;
	size_t i;

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0) {
		close(fd);
		return pid;
	}
	fd = accept(fd, NULL, NULL);
	if (recv(fd, &byte, 1, 0) != 1)
		_exit(1);
	for (i = 0; i < n; i++)
		send(fd, messages[i], strlen(messages[i]), MSG_NOSIGNAL);
	_exit(0);
}

static char warnings[256];

static void note(const char *text, void *data)
{
	(void)data;
	strcat(warnings, text);
	strcat(warnings, ";");
}

static int ask(const char *const *messages, size_t n, struct v6_error *err)
{
	char path[sizeof(dir_path) + 8];
	int status, ret;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/door", dir_path);
	unlink(path);
	pid = answer(path, messages, n);
	ret = v6_socket_ask(path, V6_SOCKET_BIND, STATE, strlen(STATE), note, NULL, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return ret;
}

static void answers_end_with_what_came_of_it(void **state)
{
	static const char *const done[] = {"wone", "wtwo\n", "?what is not known yet", "d",
					   "e1\nlate"};
	static const char *const failed[] = {"e98\nweb3: it is held"};
	static const char *const cut[] = {"wone"};
	struct v6_error err;

	(void)state;
	assert_int_equal(ask(done, V6_ARRAY_SIZE(done), &err), 0);
	assert_string_equal(warnings, "one;two?;");
	assert_int_equal(ask(failed, 1, &err), -EADDRINUSE);
	assert_string_equal(err.text, "web3: it is held");
	assert_int_equal(ask(cut, 1, &err), -EPROTO);
	assert_non_null(strstr(err.text, "went away"));
}

static void nobody_is_there(void **state)
{
	char path[sizeof(dir_path) + 8];
	struct v6_error err;

	(void)state;
	snprintf(path, sizeof(path), "%s/door", dir_path);
	assert_int_equal(v6_socket_ask(path, V6_SOCKET_BIND, "", 0, NULL, NULL, &err),
			 -ECONNREFUSED);
	assert_non_null(strstr(err.text, "v6d does not run"));
	assert_int_equal(
		v6_socket_ask(path, V6_SOCKET_BIND, "", V6_SOCKET_SIZE_MAX, NULL, NULL, &err),
		-E2BIG);
}

/* what is not looked at any further, with no kernel behind it: the test may be root, or not */
static void roots_own_requests_are_refused(void **state)
{
	char text[512] = "";
	int ends[2];

	(void)state;
	if (geteuid() != 0)
		return;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(send(ends[0], "list\n", 5, 0), 5);
	assert_int_equal(v6_socket_serve(ends[1], dir_path, 0), 0);
	assert_true(recv(ends[0], text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "e1\n" V6_SOCKET_PATH " is for users other than root");
	/* nothing was sent, and who has gone wants no answer */
	assert_int_equal(v6_socket_serve(ends[1], dir_path, 0), -EAGAIN);
	close(ends[0]);
	assert_int_equal(v6_socket_serve(ends[1], dir_path, 0), 0);
	close(ends[1]);
}

/* unbind_is_seen() - whether a message is one to unbind; it stays where it is */
static bool unbind_is_seen(const char *message)
{
	char text[256] = "";
	int ends[2];
	bool seen;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(send(ends[0], message, strlen(message), 0), strlen(message));
	seen = v6_socket_is_release(ends[1]);
	assert_int_equal(recv(ends[1], text, sizeof(text) - 1, 0), strlen(message));
	assert_string_equal(text, message);
	assert_false(v6_socket_is_release(ends[1]));
	close(ends[0]);
	close(ends[1]);
	return seen;
}

static void releases_are_told_by_their_first_word(void **state)
{
	static const char *const others[] = {"bind\n" STATE, "unbind", "unbinds\n", "Unbind\n",
					     "list\n",	     "\n",     " unbind\n"};
	size_t i;

	(void)state;
	assert_true(unbind_is_seen("unbind\n"));
	for (i = 0; i < V6_ARRAY_SIZE(others); i++)
		assert_false(unbind_is_seen(others[i]));
}

static void refusals_are_answers(void **state)
{
	const struct v6_error why = {-EBUSY, "wait"};
	char text[64] = "";
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(send(ends[0], "list\n", 5, 0), 5);
	v6_socket_refuse(ends[1], &why);
	close(ends[1]);
	/* at once, and not after a reset, which what is not read when it is closed would be */
	assert_true(recv(ends[0], text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "e16\nwait");
	close(ends[0]);
}

static void looks_are_read_as_they_were_written(void **state)
{
	static const char text[] = "0 7 9007199254740993 1\n12 0 -1 0\n";
	struct v6_told told = {NULL, 0};

	(void)state;
	assert_int_equal(v6_looks_parse(text, &told, NULL), 0);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.looks[0].state, V6_CLAIM_ACTIVE);
	assert_int_equal(told.looks[0].connections, 7);
	assert_true(told.looks[0].has_bytes && told.looks[0].bytes == 9007199254740993);
	assert_true(told.looks[0].shared && !told.looks[1].shared);
	assert_int_equal(told.looks[1].state, V6_CLAIM_STALE);
	assert_false(told.looks[1].has_bytes);
	v6_told_release(&told);
	assert_int_equal(told.n, 0);
}

static void other_looks_are_refused(void **state)
{
	static const char *const malformed[] = {
		"\n",
		"[]",
		"x\n",
		"0\n",
		"99 0 0 0\n",
		"-1 0 0 0\n",
		"0 -1 0 0\n",
		"0 0 -2 0\n",
		"0 0 0 2\n",
		"0 0 0 0",
		"0 0 0 0 \n",
		"0 0\n0 0\n",
		"0 0 0 0\n0 0 0\n",
	};
	struct v6_told told = {NULL, 4711};
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(malformed); i++) {
		err = (struct v6_error){0};
		assert_true(v6_looks_parse(malformed[i], &told, &err) < 0);
		assert_true(err.code < 0 && told.n == 4711);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(requests_are_a_verb_and_a_state),
		TEST(other_requests_are_refused),
		TEST(looks_are_read_as_they_were_written),
		TEST(other_looks_are_refused),
		TEST(failures_have_a_number_and_a_text),
		TEST(answers_end_with_what_came_of_it),
		TEST(nobody_is_there),
		TEST(roots_own_requests_are_refused),
		TEST(releases_are_told_by_their_first_word),
		TEST(refusals_are_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
