/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files read whole up to a limit, and replaced whole or not at all. */
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/file.h"
#include "scratch.h"

/* pattern() - bytes of which no two blocks are alike */
static char pattern(size_t i)
{
	return (char)(i * 7 + i / 251 + i / 4096);
}

/* assert_read() - v6_file_read() of @fd gives @size bytes of the pattern, or fails with @code */
static void assert_read(int fd, size_t max, size_t size, int code)
{
	char unset = 'x', *text = &unset;
	size_t i, n = 42;
	int ret = v6_file_read(fd, max, &text, &n);

	if (ret != code)
		fail_msg("%zu bytes of at most %zu: %d, expected %d", size, max, ret, code);
	if (code < 0) {
		assert_ptr_equal(text, &unset);
		assert_int_equal(n, 42);
		return;
	}
	assert_int_equal(n, size);
	for (i = 0; i < n; i++)
		if (text[i] != pattern(i))
			fail_msg("byte %zu of %zu is wrong", i, n);
	assert_int_equal(text[n], '\0');
	free(text);
}

static void put_pattern(int fd, size_t from, size_t size)
{
	static char bytes[70000];
	size_t i;

	assert_true(size <= sizeof(bytes));
	for (i = 0; i < size; i++)
		bytes[i] = pattern(from + i);
	assert_int_equal(write(fd, bytes, size), size);
}

static void size_is_limited(void **state)
{
	static const struct {
		size_t size, max;
		int code;
	} rows[] = {
		{0, 0, 0},
		{1, 0, -E2BIG},
		{0, 1, 0},
		{1, 1, 0},
		{2, 1, -E2BIG},
		{3, 1000, 0},
		{4094, 4094, 0},
		{4095, 4094, -E2BIG},
		{4095, 4095, 0},
		{4096, 4095, -E2BIG},
		{4096, 4096, 0},
		{4097, 4096, -E2BIG},
		{4095, 65536, 0},
		{4096, 65536, 0},
		{8191, 65536, 0},
		{8192, 8192, 0},
		{8193, 8192, -E2BIG},
		{65536, 65536, 0},
		{65537, 65536, -E2BIG},
		{70000, 65536, -E2BIG},
		{65536, 1 << 30, 0},
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		fd = memfd_create("test_file", MFD_CLOEXEC);
		assert_true(fd >= 0);
		if (rows[i].size)
			put_pattern(fd, 0, rows[i].size);
		lseek(fd, 0, SEEK_SET);
		assert_read(fd, rows[i].max, rows[i].size, rows[i].code);
		close(fd);
	}
}

static const size_t pieces[] = {1, 1, 4093, 1, 1, 500, 4096, 2, 3, 4000, 1};

/* write_pieces() - a process that writes each piece when the one before has been read */
static pid_t write_pieces(int fd)
{
	size_t i, size = 0;
	pid_t pid = fork();
	int unread;

	if (pid != 0)
		return pid;
	for (i = 0; i < V6_ARRAY_SIZE(pieces); size += pieces[i++]) {
		put_pattern(fd, size, pieces[i]);
		while (ioctl(fd, FIONREAD, &unread) == 0 && unread > 0)
			sched_yield();
	}
	_exit(0);
}

static void pieces_are_put_together(void **state)
{
	size_t i, max, size = 0;
	int ends[2];
	pid_t pid;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(pieces); i++)
		size += pieces[i];
	for (max = size + 1; max >= size - 1; max--) {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		pid = write_pieces(ends[1]);
		assert_true(pid > 0);
		close(ends[1]);
		assert_read(ends[0], max, size, max < size ? -E2BIG : 0);
		close(ends[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

static int alarm_pipe;

static void write_at_alarm(int signal)
{
	char bytes[] = {pattern(0), pattern(1)};

	(void)signal;
	if (write(alarm_pipe, bytes, 2) == 2)
		close(alarm_pipe);
}

static void signals_do_not_disturb(void **state)
{
	struct sigaction action = {.sa_handler = write_at_alarm}, before; /* no SA_RESTART */
	struct itimerval soon = {.it_value.tv_usec = 10000};
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	alarm_pipe = ends[1];
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_read(ends[0], 10, 2, 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	close(ends[0]);
}

static void read_errors_come_out(void **state)
{
	int ends[2];

	(void)state;
	assert_read(-1, 10, 0, -EBADF);
	assert_read(host.dir, 10, 0, -EISDIR);
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	put_pattern(ends[1], 0, 2);
	assert_read(ends[0], 10, 0, -EAGAIN); /* after two bytes: a part is not the whole */
	close(ends[0]);
	close(ends[1]);
}

static void only_files_are_read(void **state)
{
	static const struct {
		const char *name;
		size_t max;
		int code;
	} rows[] = {
		{"file", 4, 0},		 {"file", 3, -E2BIG}, {"none", 4, -ENOENT},
		{"link", 4, -ELOOP},	 {"dir", 4, -EISDIR}, {"dir/none", 4, -ENOENT},
		{"file/x", 4, -ENOTDIR}, {"", 4, -ENOENT},    {"fifo", 4, 0},
	};
	char unset = 'x', *text;
	size_t i, size;
	int ret;

	(void)state;
	write_text("file", "text");
	make_dir("dir");
	assert_int_equal(symlinkat("file", host.dir, "link"), 0);
	assert_int_equal(mkfifoat(host.dir, "fifo", 0600), 0);
	must_not_block(5);
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		text = &unset;
		ret = v6_file_read_at(host.dir, rows[i].name, rows[i].max, &text, &size);
		if (ret != rows[i].code)
			fail_msg("%s: %d, expected %d", rows[i].name, ret, rows[i].code);
		if (ret == 0)
			free(text);
		else
			assert_ptr_equal(text, &unset);
	}
	must_not_block(0);
}

static void directories_are_opened_or_made(void **state)
{
	static const struct {
		const char *name;
		int ret; /* 0: opened */
	} rows[] = {
		{"new", 0},
		{"new", 0},
		{"new/inner", 0},
		{"none/inner", -ENOENT},
		{"file", -ENOTDIR},
		{"link", -ENOTDIR},
		{"dangling", -ENOTDIR},
	};
	mode_t mask = umask(0);
	struct stat st;
	size_t i;
	int fd;

	(void)state;
	write_text("file", "text");
	make_dir("dir");
	assert_int_equal(symlinkat("dir", host.dir, "link"), 0);
	assert_int_equal(symlinkat("elsewhere", host.dir, "dangling"), 0);
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		fd = v6_dir_open_at(host.dir, rows[i].name);
		if ((fd < 0 ? fd : 0) != rows[i].ret)
			fail_msg("%s: %d, expected %d", rows[i].name, fd, rows[i].ret);
		if (fd < 0)
			continue;
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0700);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
	}
	umask(mask);
	assert_false(exists("elsewhere"));
}

static void assert_file(const char *name, const char *expected)
{
	auto_free char *text = NULL;
	size_t size;

	assert_int_equal(v6_file_read_at(host.dir, name, 65536, &text, &size), 0);
	assert_string_equal(text, expected);
	assert_int_equal(size, strlen(expected));
}

static size_t count_entries(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(dir_path);
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

static void file_is_replaced_whole(void **state)
{
	static const char *const rows[] = {"new", "a longer text than before", "", "x", "x"};
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(v6_file_replace_at(host.dir, "f", rows[i], strlen(rows[i])), 0);
		assert_file("f", rows[i]);
		assert_int_equal(count_entries(), 1);
	}
	assert_int_equal(fstatat(host.dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(v6_file_replace_at(host.dir, "f", "text", 2), 0);
	assert_file("f", "te");
}

static void owner_and_permissions_are_kept_where_wanted(void **state)
{
	/* who is not root can give files to nobody but himself */
	struct stat like = {.st_mode = S_IFREG | 0640, .st_uid = geteuid(), .st_gid = getegid()};
	struct stat st;

	(void)state;
	if (geteuid() == 0)
		like.st_uid = like.st_gid = 4242;
	assert_int_equal(v6_file_replace_like_at(host.dir, "f", "text", 4, &like), 0);
	assert_file("f", "text");
	assert_int_equal(fstatat(host.dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_uid, like.st_uid);
	assert_int_equal(st.st_gid, like.st_gid);
}

/* Containers may be made from one bundle side by side */
static void other_writers_are_let_alone(void **state)
{
	struct stat like = {.st_mode = S_IFREG | 0600, .st_uid = geteuid(), .st_gid = getegid()};

	(void)state;
	write_text(".f", "half of a te");
	write_text(".f.1", "half of a te");
	assert_int_equal(v6_file_replace_like_at(host.dir, "f", "text", 4, &like), 0);
	assert_file("f", "text");
	assert_file(".f", "half of a te");
	assert_file(".f.1", "half of a te");
	assert_int_equal(count_entries(), 3);
}

static void readers_keep_the_old_one(void **state)
{
	struct stat before, after;
	int fd;

	(void)state;
	write_text("f", "old text");
	fd = openat(host.dir, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(v6_file_replace_at(host.dir, "f", "new", 3), 0);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_size, 8);
	assert_int_equal(after.st_nlink, 0);
	close(fd);
}

static void names_have_a_largest_size(void **state)
{
	char name[256];

	(void)state;
	fill(name, 250 + 1, 'n');
	assert_int_equal(v6_file_replace_at(host.dir, name, "text", 4), 0);
	assert_file(name, "text");
	fill(name, 255 + 1, 'n');
	assert_int_equal(v6_file_replace_at(host.dir, name, "text", 4), -ENAMETOOLONG);
	assert_int_equal(count_entries(), 1);
}

static void temporary_name_may_be_taken(void **state)
{
	char junk[10000];

	(void)state;
	fill(junk, sizeof(junk), '#');
	write_text(".f", junk);
	assert_int_equal(v6_file_replace_at(host.dir, "f", "text", 4), 0);
	assert_file("f", "text");
	assert_int_equal(count_entries(), 1);

	make_dir(".f");
	assert_int_equal(v6_file_replace_at(host.dir, "f", "new", 3), -EISDIR);
	assert_file("f", "text");
}

/* A FIFO kept the writer, and with it everybody who waits for the lock, for ever; and what a name
 * stands for elsewhere was emptied.
 */
static void temporary_name_is_nobody_else_s_file(void **state)
{
	(void)state;
	write_text("elsewhere", "keep");
	assert_int_equal(symlinkat("elsewhere", host.dir, ".f"), 0);
	assert_int_equal(v6_file_replace_at(host.dir, "f", "one", 3), 0);
	assert_file("f", "one");

	assert_int_equal(linkat(host.dir, "elsewhere", host.dir, ".f", 0), 0);
	assert_int_equal(v6_file_replace_at(host.dir, "f", "two", 3), 0);
	assert_file("f", "two");
	assert_file("elsewhere", "keep");

	assert_int_equal(mkfifoat(host.dir, ".f", 0600), 0);
	must_not_block(5);
	assert_int_equal(v6_file_replace_at(host.dir, "f", "three", 5), 0);
	must_not_block(0);
	assert_file("f", "three");
	assert_int_equal(count_entries(), 2);
}

static void directory_is_not_replaced(void **state)
{
	(void)state;
	make_dir("d");
	assert_int_equal(v6_file_replace_at(host.dir, "d", "text", 4), -EISDIR);
	assert_int_equal(count_entries(), 1); /* no temporary file stays */
}

static void directory_may_be_read_only(void **state)
{
	bool root = geteuid() == 0;
	int ret;

	(void)state;
	write_text("f", "old");
	assert_int_equal(fchmod(host.dir, 0500), 0);
	if (root)
		setfsuid(65534); /* and with it go the capabilities over files */
	ret = v6_file_replace_at(host.dir, "f", "new", 3);
	if (root)
		setfsuid(0);
	assert_int_equal(fchmod(host.dir, 0700), 0);
	assert_int_equal(ret, -EACCES);
	assert_file("f", "old");
	assert_int_equal(v6_file_replace_at(-1, "f", "new", 3), -EBADF);
}

/* A full disk, by the limit of a file's size: the first write() is cut short, the next one fails.
 */
static void full_disk_leaves_the_old_one(void **state)
{
	struct rlimit before, small;
	char text[8192];
	int ret;

	(void)state;
	write_text("f", "old");
	fill(text, sizeof(text), 'n');
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){1000, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	ret = v6_file_replace_at(host.dir, "f", text, sizeof(text));
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(ret, -EFBIG);
	assert_file("f", "old");
	assert_int_equal(count_entries(), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(size_is_limited),
		TEST(pieces_are_put_together),
		TEST(signals_do_not_disturb),
		TEST(read_errors_come_out),
		TEST(only_files_are_read),
		TEST(directories_are_opened_or_made),
		TEST(file_is_replaced_whole),
		TEST(other_writers_are_let_alone),
		TEST(owner_and_permissions_are_kept_where_wanted),
		TEST(readers_keep_the_old_one),
		TEST(names_have_a_largest_size),
		TEST(temporary_name_may_be_taken),
		TEST(temporary_name_is_nobody_else_s_file),
		TEST(directory_is_not_replaced),
		TEST(directory_may_be_read_only),
		TEST(full_disk_leaves_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
