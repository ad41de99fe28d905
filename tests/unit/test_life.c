/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record's life hangs on: a process, or the file of a network namespace. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "kernel/netns.h"
#include "store/life.h"
#include "scratch.h"

static void alive_is_pid_and_start(void **state)
{
	struct v6_record record = {.pid = getpid()};

	(void)state;
	assert_int_equal(v6_process_start(record.pid, &record.started), 0);
	assert_int_equal(v6_record_alive(&record), 1);
	record.started++;
	assert_int_equal(v6_record_alive(&record), 0);
	record.started -= 2;
	assert_int_equal(v6_record_alive(&record), 0);
	record = (struct v6_record){.pid = 0};
	assert_int_equal(v6_record_alive(&record), 0);
}

static void dead_is_dead_before_it_is_reaped(void **state)
{
	struct v6_record record = {0};
	siginfo_t info;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	record.pid = fork();
	if (record.pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_true(record.pid > 0);
	assert_int_equal(v6_process_start(record.pid, &record.started), 0);
	assert_int_equal(v6_record_alive(&record), 1);

	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitid(P_PID, (id_t)record.pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(v6_record_alive(&record), 0); /* a zombie */
	assert_int_equal(waitid(P_PID, (id_t)record.pid, &info, WEXITED), 0);
	assert_int_equal(info.si_status, 0);
	assert_int_equal(v6_record_alive(&record), 0);
}

/* new_netns() - one more, which a file of the scratch directory stands for; needs mounts of our own
 */
static void new_netns(const char *path)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		skip();
	assert_int_equal(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	write_text(strrchr(path, '/') + 1, "");
	assert_int_equal(mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL), 0);
}

static struct v6_state state_of(const char *path)
{
	struct v6_state state = {.id = "by-hand"};

	snprintf(state.netns, sizeof(state.netns), "%s", path);
	return state;
}

static struct v6_record new_record(const struct v6_state *state)
{
	struct v6_record record = {.id = "by-hand"};
	struct v6_error err;
	int fd = -1;

	if (v6_life_begin(state, &record, &fd, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(fd >= 0);
	close(fd);
	return record;
}

static void namespace_lives_as_long_as_its_file_is_it(void **unused)
{
	char path[sizeof(dir_path) + 8];
	struct v6_record record;
	struct v6_state state;
	struct v6_error err;
	int fd = -1;

	(void)unused;
	snprintf(path, sizeof(path), "%s/net", dir_path);
	new_netns(path);
	state = state_of(path);
	record = new_record(&state);
	assert_string_equal(record.netns_path, path);
	assert_int_equal(record.pid, 0);
	assert_int_equal(v6_record_alive(&record), 1);
	assert_int_equal(v6_record_netns(&record, &fd, NULL), 0);
	close(fd);

	/* another namespace that got its inode */
	record.netns_cookie++;
	assert_int_equal(v6_record_alive(&record), 0);
	assert_int_equal(v6_record_netns(&record, &fd, &err), -ESRCH);
	assert_non_null(strstr(err.text, ": it is another network namespace now"));
	record.netns_cookie--;
	record.netns++;
	assert_int_equal(v6_record_alive(&record), 0);
	record.netns--;

	new_netns(path); /* on top of it */
	assert_int_equal(v6_record_alive(&record), 0);
	assert_int_equal(umount(path), 0);
	assert_int_equal(v6_record_alive(&record), 1);
	assert_int_equal(umount(path), 0);
	assert_int_equal(v6_record_alive(&record), 0); /* a file as any other */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(v6_record_alive(&record), 0);
	assert_int_equal(v6_record_netns(&record, &fd, &err), -ENOENT);
}

static void file_must_be_a_network_namespace(void **unused)
{
	static const struct {
		const char *path;
		int code;
		const char *text;
	} rows[] = {
		{"/nowhere/net", -ENOENT, "/nowhere/net: cannot open it: not there"},
		{"/dev/null", -EINVAL, "/dev/null: it is no network namespace; see ip netns"},
		{"/proc/self/ns/pid", -EINVAL,
		 "/proc/self/ns/pid: it is no network namespace; see ip netns"},
	};
	struct v6_record record;
	struct v6_state state;
	struct v6_error err;
	int fd = -1;
	size_t i;

	(void)unused;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		state = state_of(rows[i].path);
		assert_int_equal(v6_life_begin(&state, &record, &fd, &err), rows[i].code);
		assert_string_equal(err.text, rows[i].text);
	}
	assert_int_equal(fd, -1);
}

static void something_must_be_given(void **unused)
{
	struct v6_state state = state_of("");
	struct v6_record record;
	struct v6_error err;
	int fd = -1;

	(void)unused;
	assert_int_equal(v6_life_begin(&state, &record, &fd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "the container state has no pid"));
}

static void anything_else_in_its_place_is_death(void **unused)
{
	char path[sizeof(dir_path) + 8];
	struct v6_record record = {.netns = 1};
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unused;
	snprintf(path, sizeof(path), "%s/x", dir_path);
	snprintf(record.netns_path, sizeof(record.netns_path), "%s", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(v6_record_alive(&record), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(path, path), 0);
	assert_int_equal(v6_record_alive(&record), 0);
	assert_int_equal(unlink(path), 0);
	memcpy(name.sun_path, path, sizeof(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(v6_record_alive(&record), 0);
	strcat(record.netns_path, "/x");
	assert_int_equal(v6_record_alive(&record), 0);
}

static void fifo_does_not_block(void **unused)
{
	char path[sizeof(dir_path) + 8];
	struct v6_record record = {.netns = 1};

	(void)unused;
	snprintf(path, sizeof(path), "%s/fifo", dir_path);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(record.netns_path, sizeof(record.netns_path), "%s", path);
	must_not_block(5);
	assert_int_equal(v6_record_alive(&record), 0);
	must_not_block(0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(alive_is_pid_and_start),
		cmocka_unit_test(dead_is_dead_before_it_is_reaped),
		TEST(namespace_lives_as_long_as_its_file_is_it),
		cmocka_unit_test(file_must_be_a_network_namespace),
		cmocka_unit_test(something_must_be_given),
		TEST(anything_else_in_its_place_is_death),
		TEST(fifo_does_not_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
