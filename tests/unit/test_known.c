/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Last known answers: young enough, of that very name, few enough, and nothing but addresses. */
#include <sys/file.h>
#include <sys/wait.h>

#include "base/address.h"
#include "base/file.h"
#include "names/known.h"
#include "scratch.h"

#define AGE_MAX 1000
#define NOW	INT64_C(1700000000)
#define BOOT	"11111111-2222-3333-4444-555555555555"

static struct v6_known at_uptime(int64_t now, int64_t uptime, const char *boot_id)
{
	return (struct v6_known){host.dir, now, uptime, boot_id, AGE_MAX};
}

/* at() - of one boot, whose wall clock nobody sets */
static struct v6_known at(int64_t now)
{
	return at_uptime(now, now, BOOT);
}

static struct in6_addr address(unsigned int number)
{
	struct in6_addr parsed;

	assert_int_equal(v6_address_parse("2001:db8::", &parsed), 0);
	parsed.s6_addr[14] = (uint8_t)(number >> 8);
	parsed.s6_addr[15] = (uint8_t)number;
	return parsed;
}

/* keep() - @name stands for address number @number at @now */
static void keep(int64_t now, const char *name, unsigned int number)
{
	struct v6_known known = at(now);
	struct in6_addr one = address(number);

	assert_int_equal(v6_known_keep(&known, name, &one, 1), 0);
}

/* assert_known() - what is found is address @number, of that age */
static void assert_known(int64_t now, const char *name, unsigned int number, int64_t age)
{
	struct in6_addr found[V6_NAMES_ADDRESSES_MAX], expected = address(number);
	struct v6_known known = at(now);
	int64_t found_age;
	size_t n;

	assert_int_equal(v6_known_find(&known, name, found, &n, &found_age), 0);
	assert_int_equal(n, 1);
	assert_memory_equal(&found[0], &expected, sizeof(expected));
	assert_int_equal(found_age, age);
}

/* assert_none() - nothing is found, for the reason @code; outputs are as they were */
static void assert_none(int64_t now, const char *name, int code)
{
	struct in6_addr found[V6_NAMES_ADDRESSES_MAX] = {0}, zero = {0};
	struct v6_known known = at(now);
	int64_t age = -42;
	size_t n = 42;
	int ret = v6_known_find(&known, name, found, &n, &age);

	if (ret != code)
		fail_msg("%s: %d, expected %d", name, ret, code);
	assert_memory_equal(&found[0], &zero, sizeof(zero));
	assert_int_equal(n, 42);
	assert_int_equal(age, -42);
}

static void drop(const char *name)
{
	struct v6_known known = at(NOW);

	assert_int_equal(v6_known_drop(&known, name), 0);
}

/* slot() - the one file that is there; the number of files is @ret_n */
static const char *slot(size_t *ret_n)
{
	static char name[256];
	const struct dirent *entry;
	DIR *dir = opendir(dir_path);

	assert_non_null(dir);
	*ret_n = 0;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s", entry->d_name);
		(*ret_n)++;
	}
	closedir(dir);
	return name;
}

static size_t count_files(void)
{
	size_t n;

	slot(&n);
	return n;
}

static ino_t inode(void)
{
	struct stat st;
	size_t n;

	assert_int_equal(fstatat(host.dir, slot(&n), &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(n, 1);
	return st.st_ino;
}

static void answers_are_found_again(void **state)
{
	(void)state;
	assert_none(NOW, "web3", -ENOENT);
	keep(NOW, "web3", 3);
	keep(NOW, "web2", 2);
	keep(NOW, "web3.", 4); /* absolute, so another one */
	assert_known(NOW, "web3", 3, 0);
	assert_known(NOW, "web3.", 4, 0);
	assert_none(NOW, "web2.", -ENOENT);
	assert_known(NOW + 5, "web2", 2, 5);
	assert_none(NOW, "web", -ENOENT);
	assert_none(NOW, "web33", -ENOENT);
	assert_none(NOW, "", -ENOENT);
	keep(NOW + 1, "web3", 4);
	assert_known(NOW + 1, "web3", 4, 0);
	assert_int_equal(count_files(), 3);
}

static void largest_answer_fits(void **state)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX], found[V6_NAMES_ADDRESSES_MAX];
	struct v6_known known = at(999999999999999999);
	char name[V6_NAME_MAX + 2];
	int64_t age;
	size_t i, n;

	(void)state;
	memset(addresses, 0xfd, sizeof(addresses)); /* 39 characters each */
	for (i = 0; i < V6_ARRAY_SIZE(addresses); i++)
		addresses[i].s6_addr[15] = (uint8_t)(0xa0 + i);
	fill(name, sizeof(name), 'n');
	assert_int_equal(v6_known_keep(&known, name, addresses, 1), -EINVAL);
	name[V6_NAME_MAX] = '\0';
	assert_int_equal(v6_known_keep(&known, name, addresses, V6_ARRAY_SIZE(addresses) + 1),
			 -EINVAL);
	assert_int_equal(v6_known_keep(&known, name, addresses, 0), -EINVAL);
	assert_int_equal(v6_known_keep(&known, name, addresses, V6_ARRAY_SIZE(addresses)), 0);
	assert_int_equal(v6_known_find(&known, name, found, &n, &age), 0);
	assert_int_equal(n, V6_ARRAY_SIZE(addresses));
	assert_memory_equal(found, addresses, sizeof(addresses));
}

static void age_is_limited(void **state)
{
	(void)state;
	keep(NOW, "web3", 3);
	assert_known(NOW + AGE_MAX, "web3", 3, AGE_MAX);
	assert_none(NOW + AGE_MAX + 1, "web3", -ESTALE);
	assert_none(INT64_MAX, "web3", -ESTALE);
	/* the clock was put back */
	assert_none(NOW - 1, "web3", -ESTALE);
	assert_none(0, "web3", -ESTALE);
	keep(NOW - 1, "web3", 3);
	assert_known(NOW - 1, "web3", 3, 0);
}

/* assert_age() - as at_uptime(), web3 was kept so long ago; -1: it is of no use */
static void assert_age(int64_t now, int64_t uptime, const char *boot_id, int64_t age)
{
	struct in6_addr found[V6_NAMES_ADDRESSES_MAX];
	struct v6_known known = at_uptime(now, uptime, boot_id);
	int64_t found_age = -1;
	size_t n;

	v6_known_find(&known, "web3", found, &n, &found_age);
	assert_int_equal(found_age, age);
}

static void setting_the_clock_makes_nothing_older_or_younger(void **state)
{
	static const char other[] = "22222222-2222-3333-4444-555555555555";
	struct v6_known known = at_uptime(NOW, 500, BOOT);
	struct in6_addr one = address(3);

	(void)state;
	assert_int_equal(v6_known_keep(&known, "web3", &one, 1), 0);
	assert_age(NOW + 7, 507, BOOT, 7);
	assert_age(NOW + 10 * AGE_MAX, 507, BOOT, 7);
	assert_age(NOW - 10 * AGE_MAX, 507, BOOT, 7);
	assert_age(0, 500 + AGE_MAX, BOOT, AGE_MAX);
	assert_age(NOW, 501 + AGE_MAX, BOOT, -1);
	assert_age(NOW, 499, BOOT, -1);
	/* after a reboot there is the wall clock alone, and an answer of the future is none */
	assert_age(NOW + 7, 3, other, 7);
	assert_age(NOW + AGE_MAX + 1, 3, other, -1);
	assert_age(NOW - 1, 3, other, -1);
	assert_age(NOW + 7, 507, "", 7);
}

static void answers_of_a_former_version_are_found(void **state)
{
	char name[256];
	size_t n;

	(void)state;
	keep(NOW, "web3", 1);
	strcpy(name, slot(&n));
	write_text(name, "web3\n1700000000\n2001:db8::3\n");
	assert_known(NOW + 5, "web3", 3, 5);
	assert_none(NOW - 1, "web3", -ESTALE);
}

static void same_answer_is_seldom_written(void **state)
{
	struct v6_known known = at(NOW);
	struct in6_addr two[] = {address(1), address(2)};
	ino_t first;

	(void)state;
	assert_int_equal(v6_known_keep(&known, "web3", two, 2), 0);
	first = inode();
	assert_int_equal(v6_known_keep(&known, "web3", two, 2), 0);
	two[0] = address(2);
	two[1] = address(1);
	known = at(NOW + AGE_MAX / 10);
	assert_int_equal(v6_known_keep(&known, "web3", two, 2), 0);
	assert_int_equal(inode(), first);

	known = at(NOW + AGE_MAX / 10 + 1);
	assert_int_equal(v6_known_keep(&known, "web3", two, 2), 0);
	assert_int_not_equal(inode(), first);
	first = inode();
	assert_int_equal(v6_known_keep(&known, "web3", two, 1), 0); /* one less */
	assert_int_not_equal(inode(), first);
	first = inode();
	two[0] = address(3);
	assert_int_equal(v6_known_keep(&known, "web3", two, 1), 0); /* another */
	assert_int_not_equal(inode(), first);
}

static void dropping_is_of_one_name(void **state)
{
	(void)state;
	drop("web3");
	keep(NOW, "web3", 3);
	keep(NOW, "web2", 2);
	keep(NOW, "web3.", 4); /* absolute, so another one */
	drop("web");
	drop("web3");
	assert_none(NOW, "web3", -ENOENT);
	assert_known(NOW, "web2", 2, 0);
	assert_known(NOW, "web3.", 4, 0);
	assert_int_equal(count_files(), 2);
}

/* The newer one is kept, and never one for the other */
static void names_of_one_slot_are_told_apart(void **state)
{
	static const char *const other = "n17537"; /* has the hash of web3 */

	(void)state;
	keep(NOW, "web3", 3);
	assert_none(NOW, other, -ENOENT);
	drop(other);
	assert_known(NOW, "web3", 3, 0);
	keep(NOW, other, 7);
	assert_int_equal(count_files(), 1);
	assert_known(NOW, other, 7, 0);
	assert_none(NOW, "web3", -ENOENT);
}

/* The names of files are the bound of their number */
static void many_names_fill_no_disk(void **state)
{
	const struct dirent *entry;
	char name[32], *end;
	size_t i, n = 0;
	DIR *dir;

	(void)state;
	for (i = 0; i < 4000; i++) {
		snprintf(name, sizeof(name), "n%zu.example.test", i);
		keep(NOW, name, (unsigned int)i);
	}
	assert_known(NOW, name, (unsigned int)i - 1, 0);
	dir = opendir(dir_path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(strlen(entry->d_name), 4);
		assert_true(strtoul(entry->d_name, &end, 16) < V6_KNOWN_MAX && !*end);
		n++;
	}
	closedir(dir);
	assert_true(n > 3000); /* a good hash makes 3556 on average */
}

static void damaged_files_are_as_none(void **state)
{
#define ROW(text)                      \
	{                              \
		text, sizeof(text) - 1 \
	}
	static const struct {
		const char *text;
		size_t size;
	} rows[] = {
		ROW(""),
		ROW("\n"),
		ROW("\n\n\n"),
		ROW("web3"),
		ROW("web3\n"),
		ROW("web3\n1700000000\n"),
		ROW("web3\n1700000000\n\n"),
		ROW("web3\n1700000000\n2001:db8::3"),
		ROW("web3\n1700000000\n2001:db8::3\n\n"),
		ROW("web3\n1700000000\n2001:db8::3\n2001:db8::"),
		ROW("web3\n1700000000\n2001:db8::3\nnonsense\n"),
		ROW("web3\n1700000000\n192.0.2.3\n"),
		ROW("web3\n1700000000\n2001:db8::3/64\n"),
		ROW("web3\n1700000000\n2001:db8::3\n\0"),
		ROW("web3\n1700000000\n2001:db8::3\0\n"),
		ROW("web3\0\n1700000000\n2001:db8::3\n"),
		ROW("web3\n\n2001:db8::3\n"),
		ROW("web3\n-1700000000\n2001:db8::3\n"),
		ROW("web3\n 1700000000\n2001:db8::3\n"),
		ROW("web3\n1700000000x\n2001:db8::3\n"),
		ROW("web3\n17000000000000000000\n2001:db8::3\n"),
		ROW("web3\n1700000000 1\n2001:db8::3\n"),
		ROW("web3\n1700000000 1 \n2001:db8::3\n"),
		ROW("web3\n1700000000  b\n2001:db8::3\n"),
		ROW("web3\n1700000000 -1 b\n2001:db8::3\n"),
		ROW("web3\n1700000000 1 b c\n2001:db8::3\n"),
		ROW("web3\n1700000000 1 " BOOT "x\n2001:db8::3\n"),
		ROW("web3\n1700000000 1 " BOOT " \n2001:db8::3\n"),
		ROW("web3\n 1 " BOOT "\n2001:db8::3\n"),
		ROW("web2\n1700000000\n2001:db8::3\n"),
		ROW("WEB3\n1700000000\n2001:db8::3\n"),
		ROW("web3\r\n1700000000\r\n2001:db8::3\r\n"),
	};
	char name[256], text[4096];
	size_t i, n, used;

	(void)state;
	keep(NOW, "web3", 1);
	strcpy(name, slot(&n));
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		write_bytes(name, rows[i].text, rows[i].size);
		if (i)
			assert_none(NOW, "web3", -ENOENT);
		drop("web3"); /* as there is none: no failure */
		keep(NOW, "web3", 3);
		assert_known(NOW, "web3", 3, 0);
	}
	used = (size_t)snprintf(text, sizeof(text), "web3\n1700000000\n");
	for (i = 0; i <= V6_NAMES_ADDRESSES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "::%zu\n", i + 1);
	write_bytes(name, text, used);
	assert_none(NOW, "web3", -ENOENT);
	fill(text, sizeof(text), 'x');
	write_text(name, text);
	assert_none(NOW, "web3", -ENOENT);
	keep(NOW, "web3", 3);
	assert_known(NOW, "web3", 3, 0);
}

static void links_and_the_like_are_not_followed(void **state)
{
	char name[256];
	size_t n;

	(void)state;
	keep(NOW, "web3", 3);
	strcpy(name, slot(&n));
	assert_int_equal(renameat(host.dir, name, host.dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", host.dir, name), 0);
	assert_none(NOW, "web3", -ENOENT);
	keep(NOW, "web3", 4);
	assert_known(NOW, "web3", 4, 0);
	assert_int_equal(renameat(host.dir, "elsewhere", host.dir, name), 0);
	assert_known(NOW, "web3", 3, 0);

	assert_int_equal(unlinkat(host.dir, name, 0), 0);
	must_not_block(5);
	assert_int_equal(mkfifoat(host.dir, name, 0600), 0);
	assert_none(NOW, "web3", -ENOENT);
	keep(NOW, "web3", 4);
	must_not_block(0);
	assert_known(NOW, "web3", 4, 0);
	assert_int_equal(count_files(), 1);
}

static void failures_come_out(void **state)
{
	struct v6_known known = {-1, NOW, NOW, BOOT, AGE_MAX};
	struct in6_addr one = address(1);
	char name[256];
	size_t n;

	(void)state;
	assert_int_equal(v6_known_keep(&known, "web3", &one, 1), -EBADF);
	assert_int_equal(v6_known_drop(&known, "web3"), -EBADF);
	keep(NOW, "web3", 3);
	strcpy(name, slot(&n));
	assert_int_equal(unlinkat(host.dir, name, 0), 0);
	make_dir(name);
	known = at(NOW);
	assert_none(NOW, "web3", -ENOENT);
	assert_int_equal(v6_known_keep(&known, "web3", &one, 1), -EISDIR);
	assert_int_equal(count_files(), 1); /* no temporary file stays */
}

/* is_waiting() - whether a process sleeps, as between two looks at a lock; proc_pid_stat(5) */
static bool is_waiting(pid_t pid)
{
	char path[64], state = '?';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stat = fopen(path, "re");
	assert_non_null(stat);
	assert_int_equal(fscanf(stat, "%*d (%*[^)]) %c", &state), 1);
	fclose(stat);
	return state == 'S';
}

/* keep_in_turn() - for however long it takes; a start would go without */
static int keep_in_turn(const struct v6_known *known, const struct in6_addr *addresses, size_t n)
{
	int ret;

	do
		ret = v6_known_keep(known, "web3", addresses, n);
	while (ret == -ETIMEDOUT);
	return ret;
}

/* They share a temporary name: without a turn for each, the tail of one stays behind another's */
static void writers_take_turns(void **state)
{
	struct in6_addr addresses[] = {address(1), address(2)};
	struct v6_known known = at(NOW);
	int fd = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
	pid_t pid;

	(void)state;
	keep(NOW, "web3", 3);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	pid = fork();
	if (pid == 0) {
		close(fd); /* or it holds the lock, too */
		_exit(keep_in_turn(&known, addresses, 2) != 0);
	}
	assert_true(pid > 0);
	while (!is_waiting(pid))
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	must_not_block(5);
	assert_known(NOW, "web3", 3, 0); /* readers don't wait */
	keep(NOW, "web3", 3);		 /* nor do those who have nothing to write */
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	must_not_block(0);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(answers_are_found_again),
		TEST(largest_answer_fits),
		TEST(age_is_limited),
		TEST(setting_the_clock_makes_nothing_older_or_younger),
		TEST(answers_of_a_former_version_are_found),
		TEST(same_answer_is_seldom_written),
		TEST(dropping_is_of_one_name),
		TEST(names_of_one_slot_are_told_apart),
		TEST(many_names_fill_no_disk),
		TEST(damaged_files_are_as_none),
		TEST(links_and_the_like_are_not_followed),
		TEST(failures_come_out),
		TEST(writers_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
