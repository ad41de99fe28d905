/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks: in the order of arrival, by one deadline, and after nobody who does not let go. */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
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

static int lock_take(int fd, int patience_ms, struct v6_lock_holder *ret_holder)
{
	return v6_lock_take(fd, v6_now_ms() + patience_ms, ret_holder);
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
	assert_int_equal(lock_take(fd, 0, NULL), 0);
	assert_int_equal(lock_take(other, 0, NULL), -ETIMEDOUT);
	v6_cleanup_fd(&fd);
	fd = -1;
	assert_int_equal(lock_take(other, 0, NULL), 0);
}

/* Whoever has the lock is told whether somebody waits, be it the first or one of many */
static void waiter_is_seen(void **state)
{
	auto_fd int fd = open_file(), other = open_file();
	pid_t waiter;

	(void)state;
	assert_int_equal(lock_take(fd, 0, NULL), 0);
	assert_false(v6_lock_is_awaited(fd));
	assert_int_equal(lock_take(other, 0, NULL), -ETIMEDOUT);
	assert_false(v6_lock_is_awaited(fd));
	waiter = fork();
	if (waiter == 0)
		_exit(lock_take(open_file(), 8000, NULL));
	must_not_block(60);
	while (!v6_lock_is_awaited(fd))
		usleep(1000);
	must_not_block(0);
	end(waiter);
	assert_false(v6_lock_is_awaited(fd));
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
	/* places in the queue are locks of this kind: where somebody has them all, the wait ends,
	 * too */
	assert_int_equal(lock_take(fd, 50, NULL), -ETIMEDOUT);
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
	assert_int_equal(lock_take(fd, 60000, NULL), 0);
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
	assert_int_equal(lock_take(fd, 50, &holder), -ETIMEDOUT);
	assert_int_equal(holder.pid, pid);
	assert_string_equal(holder.name, name);
	assert_true(holder.stayed);
	end(pid);
	assert_int_equal(lock_take(fd, 60000, NULL), 0);
}

/* who_waits() - the first waiter's byte, from @from on, or 0: see lock.c */
static int64_t who_waits(int64_t from)
{
	struct flock range = {.l_type = F_WRLCK, .l_start = from};
	auto_fd int fd = open_file();

	assert_int_equal(fcntl(fd, F_OFD_GETLK, &range), 0);
	return range.l_type == F_UNLCK ? 0 : range.l_start;
}

static size_t count_waiters(void)
{
	int64_t waiter = 0;
	size_t n = 0;

	while ((waiter = who_waits(waiter + 1)))
		n++;
	return n;
}

static void wait_for_waiters(size_t n)
{
	must_not_block(60);
	while (count_waiters() < n)
		usleep(1000);
	must_not_block(0);
}

#define CROWD 20

/* struct crowd - processes that came one after the other, while @fd has the lock, and where they
 * write to
 */
struct crowd {
	int fd;
	int ends[2];
	pid_t pids[CROWD];
};

/* queue_up() - a process that waits for the lock, writes its number and ends */
static pid_t queue_up(const struct crowd *crowd, char number)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	close(crowd->fd); /* or we hold the lock, too */
	if (lock_take(open_file(), 60000, NULL) < 0 || write(crowd->ends[1], &number, 1) != 1)
		_exit(1);
	_exit(0);
}

static void gather(struct crowd *crowd)
{
	char i;

	crowd->fd = open_file();
	assert_int_equal(lock_take(crowd->fd, 0, NULL), 0);
	assert_int_equal(pipe2(crowd->ends, O_CLOEXEC), 0);
	for (i = 0; i < CROWD; i++) {
		crowd->pids[(int)i] = queue_up(crowd, i);
		wait_for_waiters((size_t)i + 1);
	}
}

/* hear_next() - who had the lock next */
static int hear_next(struct crowd *crowd)
{
	char number = -1;

	must_not_block(60);
	assert_int_equal(read(crowd->ends[0], &number, 1), 1);
	must_not_block(0);
	return number;
}

static void part(struct crowd *crowd)
{
	size_t i;

	for (i = 0; i < CROWD; i++)
		end(crowd->pids[i]);
	close(crowd->ends[0]);
	close(crowd->ends[1]);
	assert_int_equal(count_waiters(), 0);
	crowd->fd = open_file();
	assert_int_equal(lock_take(crowd->fd, 0, NULL), 0);
	close(crowd->fd);
}

static void order_of_arrival_is_order_of_service(void **state)
{
	struct crowd crowd;
	int i;

	(void)state;
	gather(&crowd);
	close(crowd.fd);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(hear_next(&crowd), i);
	part(&crowd);
}

/* As v6d does that reconciles in a crowd: it comes after all that wait, and before the next ones.
 */
static void holder_that_comes_again_is_last(void **state)
{
	auto_fd int fd = open_file();
	struct crowd crowd;

	(void)state;
	gather(&crowd);
	close(crowd.fd);
	assert_int_equal(lock_take(fd, 60000, NULL), 0);
	/* the last one has written before it ended, and all others before it */
	assert_int_equal(count_waiters(), 0);
	assert_int_equal(fcntl(crowd.ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(crowd.ends[0], (char[CROWD + 1]){0}, CROWD + 1), CROWD);
	v6_cleanup_fd(&fd);
	fd = -1;
	part(&crowd);
}

/* The first, some in the middle, and the last of those that wait */
static void killed_waiters_leave_nothing(void **state)
{
	static const int killed[] = {0, 7, 8, CROWD - 1};
	struct crowd crowd;
	size_t k = 0;
	int i;

	(void)state;
	gather(&crowd);
	for (i = 0; i < (int)V6_ARRAY_SIZE(killed); i++)
		end(crowd.pids[killed[i]]);
	assert_int_equal(count_waiters(), CROWD - V6_ARRAY_SIZE(killed));
	close(crowd.fd);
	for (i = 0; i < CROWD; i++) {
		if (k < V6_ARRAY_SIZE(killed) && i == killed[k])
			k++;
		else
			assert_int_equal(hear_next(&crowd), i);
	}
	part(&crowd);
}

/* Somebody attached a debugger, say. */
static void stopped_waiter_is_passed_over(void **state)
{
	struct crowd crowd;
	int i;

	(void)state;
	gather(&crowd);
	assert_int_equal(kill(crowd.pids[0], SIGSTOP), 0);
	assert_int_equal(kill(crowd.pids[1], SIGSTOP), 0);
	close(crowd.fd);
	for (i = 2; i < CROWD; i++)
		assert_int_equal(hear_next(&crowd), i);
	part(&crowd);
}

/* All the processes of an engine whose service was frozen, say. */
static void stopped_crowd_is_passed_over_within_a_wait(void **state)
{
	auto_fd int fd = open_file();
	struct crowd crowd;
	size_t i;

	(void)state;
	gather(&crowd);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(kill(crowd.pids[i], SIGSTOP), 0);
	close(crowd.fd);
	assert_int_equal(lock_take(fd, V6_LOCK_PATIENCE_MS, NULL), 0);
	v6_cleanup_fd(&fd);
	fd = -1;
	part(&crowd);
}

/* lock_bytes() - lock more bytes of some files than the list of all locks is read for */
static void lock_bytes(int *ret_fds, size_t n_fds)
{
	struct flock byte = {.l_type = F_WRLCK, .l_len = 1};
	size_t i;

	for (i = 0; i < n_fds; i++) {
		ret_fds[i] = memfd_create("bytes", MFD_CLOEXEC);
		assert_true(ret_fds[i] >= 0);
		for (byte.l_start = 0; byte.l_start < 1000; byte.l_start += 2)
			assert_int_equal(fcntl(ret_fds[i], F_OFD_SETLK, &byte), 0);
	}
}

/* Any local user may have any number of locks of other files: who waits still knows whether the
 * lock is free.
 */
static void many_locks_of_others_do_not_change_the_order(void **state)
{
	struct crowd crowd;
	int fds[80], i;

	(void)state;
	lock_bytes(fds, V6_ARRAY_SIZE(fds));
	gather(&crowd);
	usleep(1500000); /* some looks at who has the lock */
	close(crowd.fd);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(hear_next(&crowd), i);
	part(&crowd);
	for (i = 0; i < (int)V6_ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

/* hold_in_turn() - a process that holds the lock, is the last in line at once, and so on */
static pid_t hold_in_turn(unsigned int ms)
{
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	for (;;) {
		fd = open_file();
		if (lock_take(fd, 60000, NULL) == 0)
			usleep(1000 * ms);
		close(fd);
	}
}

/* However many have the lock meanwhile */
static void deadline_is_for_the_whole_wait(void **state)
{
	struct v6_lock_holder holder = {.pid = -1};
	auto_fd int fd = open_file();
	pid_t pids[8];
	int64_t begun;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(pids); i++)
		pids[i] = hold_in_turn(500);
	wait_for_waiters(V6_ARRAY_SIZE(pids) - 1);
	begun = v6_now_ms();
	assert_int_equal(lock_take(fd, 900, &holder), -ETIMEDOUT);
	/* until each has had it, which a wait that begins anew with each takes at least */
	assert_true(v6_now_ms() - begun < 3500);
	assert_false(holder.stayed);
	for (i = 0; i < V6_ARRAY_SIZE(pids); i++)
		end(pids[i]);
}

/* In a crowd that never ends everybody has a turn, by the time that those before need. */
static void crowd_keeps_nobody_out(void **state)
{
	pid_t pids[8];
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(pids); i++)
		pids[i] = hold_in_turn(2);
	wait_held();
	wait_for_waiters(V6_ARRAY_SIZE(pids) - 1);
	for (i = 0; i < 10; i++) {
		fd = open_file();
		assert_int_equal(lock_take(fd, 60000, NULL), 0);
		close(fd);
	}
	for (i = 0; i < V6_ARRAY_SIZE(pids); i++)
		end(pids[i]);
	assert_int_equal(count_waiters(), 0);
}

static void files_without_a_lock_are_errors(void **state)
{
	(void)state;
	assert_int_equal(lock_take(-1, 0, NULL), -EBADF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_lock_is_taken),
		cmocka_unit_test(waiter_is_seen),
		cmocka_unit_test(who_is_there_is_seen_and_the_look_takes_nothing),
		cmocka_unit_test(holder_is_waited_for),
		cmocka_unit_test(holder_that_stays_is_named),
		cmocka_unit_test(order_of_arrival_is_order_of_service),
		cmocka_unit_test(holder_that_comes_again_is_last),
		cmocka_unit_test(killed_waiters_leave_nothing),
		cmocka_unit_test(stopped_waiter_is_passed_over),
		cmocka_unit_test(stopped_crowd_is_passed_over_within_a_wait),
		cmocka_unit_test(many_locks_of_others_do_not_change_the_order),
		cmocka_unit_test(deadline_is_for_the_whole_wait),
		cmocka_unit_test(crowd_keeps_nobody_out),
		cmocka_unit_test(files_without_a_lock_are_errors),
	};

	memory = memfd_create("lock", MFD_CLOEXEC);
	if (memory < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
