/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks: in turn, and after nobody who does not let go. */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/lock.h"
#include "scratch.h"

/* The kernel tells who has a lock by the file's device, which is another one on overlayfs, where
 * /tmp may be; ours is a tmpfs, as /run is.
 */
static int memory;

/* open_file() - the one file, opened once more */
static int open_file(void)
{
	char path[sizeof("/proc/self/fd/-2147483648")];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* hold() - a process that takes the lock when it can, has it for @ms and ends. Those that wait in
 * the kernel come before us
 */
static pid_t hold(unsigned int ms)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (flock(open_file(), LOCK_EX) == 0)
		usleep(1000 * ms);
	_exit(0);
}

/* wait_held() - until somebody has the lock */
static void wait_held(void)
{
	auto_fd int fd = open_file();

	must_not_block(60);
	while (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		flock(fd, LOCK_UN);
		usleep(1000);
	}
	must_not_block(0);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void free_lock_is_taken(void **state)
{
	auto_fd int fd = open_file(), other = open_file();

	(void)state;
	assert_int_equal(v6_lock_take(fd, 0, NULL), 0);
	assert_int_equal(v6_lock_take(other, 0, NULL), -ETIMEDOUT);
	v6_cleanup_fd(&fd);
	fd = -1;
	assert_int_equal(v6_lock_take(other, 0, NULL), 0);
}

/* Asking whether somebody is there must not make him fail who comes meanwhile. */
static void who_is_there_is_seen_and_the_look_takes_nothing(void **state)
{
	auto_fd int fd = open_file(), other = open_file();

	(void)state;
	assert_false(v6_lock_is_held(fd));
	assert_int_equal(v6_lock_hold(other), 0);
	assert_true(v6_lock_is_held(fd));
	assert_int_equal(v6_lock_hold(fd), -EAGAIN);
	/* the lock of another kind is not in its way */
	assert_int_equal(v6_lock_take(fd, 0, NULL), 0);
	v6_cleanup_fd(&other);
	other = -1;
	assert_false(v6_lock_is_held(fd));
}

static void holder_is_waited_for(void **state)
{
	auto_fd int fd = open_file();
	pid_t pid = hold(100);

	(void)state;
	wait_held();
	assert_int_equal(v6_lock_take(fd, 60000, NULL), 0);
	end(pid);
}

static void holder_that_stays_is_named(void **state)
{
	auto_fd int fd = open_file();
	struct v6_lock_holder holder = {.pid = -1};
	pid_t pid = hold(60000);
	char name[16];

	(void)state;
	/* under qemu it is not ours */
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	wait_held();
	assert_int_equal(v6_lock_take(fd, 50, &holder), -ETIMEDOUT);
	assert_int_equal(holder.pid, pid);
	assert_string_equal(holder.name, name);
	end(pid);
	assert_int_equal(v6_lock_take(fd, 60000, NULL), 0);
}

/* In a crowd nobody is stuck, however long it takes until it is one's turn. */
static void patience_is_for_one_holder(void **state)
{
	auto_fd int fd = open_file();
	pid_t pids[4];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(pids); i++)
		pids[i] = hold(250);
	wait_held();
	usleep(50000); /* until the others wait, too; whoever does not does no harm */
	assert_int_equal(v6_lock_take(fd, 700, NULL), 0);
	for (i = 0; i < V6_ARRAY_SIZE(pids); i++)
		end(pids[i]);
}

static void files_without_a_lock_are_errors(void **state)
{
	(void)state;
	assert_int_equal(v6_lock_take(-1, 0, NULL), -EBADF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_lock_is_taken),
		cmocka_unit_test(who_is_there_is_seen_and_the_look_takes_nothing),
		cmocka_unit_test(holder_is_waited_for),
		cmocka_unit_test(holder_that_stays_is_named),
		cmocka_unit_test(patience_is_for_one_holder),
		cmocka_unit_test(files_without_a_lock_are_errors),
	};

	memory = memfd_create("lock", MFD_CLOEXEC);
	if (memory < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
