/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last failures: few enough, readable or not there, and never written to elsewhere. */
#include <time.h>

#include <libv6/store.h>

#include "scratch.h"

#define SLOTS	 256
#define TEXT_MAX (sizeof(((struct v6_failure *)0)->text) - 1)

struct seen {
	struct v6_failure failures[SLOTS];
	size_t n;
};

static int see(const struct v6_failure *failure, void *data)
{
	struct seen *seen = data;

	assert_true(seen->n < SLOTS);
	seen->failures[seen->n++] = *failure;
	return 0;
}

static const struct seen *look(void)
{
	static struct seen seen;

	seen.n = 0;
	assert_int_equal(v6_failures_each(dir_path, see, &seen), 0);
	return &seen;
}

static const char *find(const struct seen *seen, const char *id)
{
	size_t i;

	for (i = 0; i < seen->n; i++)
		if (strcmp(seen->failures[i].id, id) == 0)
			return seen->failures[i].text;
	return NULL;
}

/* text_of() - what is kept of a container, or NULL */
static const char *text_of(const char *id)
{
	return find(look(), id);
}

static void note(const char *id, const char *text)
{
	assert_int_equal(v6_failure_note(dir_path, id, text), 0);
}

static size_t count_files(void)
{
	const struct dirent *entry;
	char path[sizeof(dir_path) + sizeof("/failures")];
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/failures", dir_path);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

static void last_failure_is_kept(void **state)
{
	int64_t before = time(NULL);

	(void)state;
	assert_int_equal(look()->n, 0);
	note("web", "web3: no such name");
	note("db", "db: %s%n \"quoted\", \xc3\xa4");
	note("web", "web3: is held");
	assert_int_equal(look()->n, 2);
	assert_string_equal(text_of("web"), "web3: is held");
	assert_string_equal(text_of("db"), "db: %s%n \"quoted\", \xc3\xa4");
	assert_true(look()->failures[0].when >= before);
	assert_true(look()->failures[0].when <= time(NULL));
}

static void forgetting_is_of_one_container(void **state)
{
	(void)state;
	assert_int_equal(v6_failure_forget(dir_path, "web"), 0);
	note("web", "a");
	note("db", "b");
	assert_int_equal(v6_failure_forget(dir_path, "we"), 0);
	assert_int_equal(v6_failure_forget(dir_path, "web"), 0);
	assert_null(text_of("web"));
	assert_string_equal(text_of("db"), "b");
	assert_int_equal(v6_failure_forget(dir_path, "web"), 0);
}

static void many_containers_fill_no_memory(void **state)
{
	static char ids[300][65];
	struct seen kept;
	size_t i, n;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(ids); i++) {
		snprintf(ids[i], sizeof(ids[i]), "%032zx%032zx", i, i * i);
		note(ids[i], "failed");
	}
	n = count_files();
	assert_true(n <= SLOTS);
	assert_true(n > SLOTS / 2); /* a good hash fills 177 on average */
	kept = *look();
	assert_int_equal(kept.n, n);
	assert_non_null(find(&kept, ids[V6_ARRAY_SIZE(ids) - 1]));

	/* of those pushed out, none takes its successor's failure along */
	for (i = 0; i < V6_ARRAY_SIZE(ids); i++)
		if (!find(&kept, ids[i]))
			assert_int_equal(v6_failure_forget(dir_path, ids[i]), 0);
	assert_int_equal(look()->n, n);
	for (i = 0; i < V6_ARRAY_SIZE(ids); i++)
		assert_int_equal(v6_failure_forget(dir_path, ids[i]), 0);
	assert_int_equal(count_files(), 0);
}

static void longest_failure_is_kept_whole(void **state)
{
	char id[V6_ID_MAX + 1], text[TEXT_MAX + 1];

	(void)state;
	fill(id, sizeof(id), 'i');
	fill(text, sizeof(text), 't');
	note(id, text);
	assert_string_equal(text_of(id), text);
}

static void longer_text_leaves_the_old_one(void **state)
{
	static const size_t rows[] = {700, 4096, 65536};
	static char text[65536 + 1];
	size_t i;

	(void)state;
	note("web", "old");
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		fill(text, rows[i] + 1, 't');
		assert_int_equal(v6_failure_note(dir_path, "web", text), -E2BIG);
		assert_string_equal(text_of("web"), "old");
	}
}

/* What is noted must be listed, whether it is refused or cut. */
static void noted_text_is_never_lost(void **state)
{
	char text[TEXT_MAX + 200];
	size_t size;

	(void)state;
	for (size = TEXT_MAX + 1; size < sizeof(text); size += 16) {
		fill(text, size + 1, 't');
		if (v6_failure_note(dir_path, "web", text) == 0)
			assert_non_null(text_of("web"));
	}
}

static void damaged_files_are_passed_over(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} rows[] = {
		{"", 0},	 {"\n", 1}, {"web", 3}, {"web\n", 4}, {"web\n1700000000", 14},
		{"\0\n\0\n", 4},
	};
	char name[32], text[8192];
	size_t i;

	(void)state;
	note("good", "kept");
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		snprintf(name, sizeof(name), "failures/bad%zu", i);
		write_bytes(name, rows[i].text, rows[i].size);
	}
	fill(text, sizeof(text), 'x');
	write_text("failures/large", text);
	snprintf(text, sizeof(text), "%0*d\n1\ntext\n", V6_ID_MAX + 1, 0);
	write_text("failures/id", text);
	snprintf(text, sizeof(text), "web\n1\n%0*d\n", (int)TEXT_MAX + 1, 0);
	write_text("failures/text", text);
	write_text("failures/.ab", "web\n1\nof a killed writer\n");
	write_text("elsewhere", "web\n1\nelsewhere\n");
	assert_int_equal(symlinkat("../elsewhere", host.dir, "failures/link"), 0);
	make_dir("failures/dir");
	must_not_block(5);
	assert_int_equal(mkfifoat(host.dir, "failures/fifo", 0600), 0);

	assert_int_equal(look()->n, 1);
	assert_string_equal(text_of("good"), "kept");
	must_not_block(0);
}

/* v6ctl shows them: whatever a file holds, no terminal is told anything */
static void control_characters_of_a_file_are_not_shown(void **state)
{
	const struct seen *seen;

	(void)state;
	make_dir("failures");
	write_text("failures/00", "we\033[2Jb\n1\nno\033]0;x\007 such\xff name\n");
	seen = look();
	assert_int_equal(seen->n, 1);
	assert_string_equal(seen->failures[0].id, "we?[2Jb");
	assert_string_equal(seen->failures[0].text, "no?]0;x? such? name");
}

static void damaged_file_is_replaced(void **state)
{
	char name[16], text[5000];
	unsigned int i;

	(void)state;
	fill(text, sizeof(text), 'x');
	make_dir("failures");
	for (i = 0; i < SLOTS; i++) {
		snprintf(name, sizeof(name), "failures/%02x", i);
		write_text(name, text);
	}
	assert_int_equal(v6_failure_forget(dir_path, "web"), 0);
	note("web", "new");
	assert_string_equal(text_of("web"), "new");
	assert_int_equal(count_files(), SLOTS); /* it has one of their names */
}

static int stop(const struct v6_failure *failure, void *data)
{
	(void)failure;
	(*(int *)data)++;
	return -ECANCELED;
}

static void visit_ends_when_it_says_so(void **state)
{
	int n = 0;

	(void)state;
	note("one", "a");
	note("two", "b");
	assert_int_equal(v6_failures_each(dir_path, stop, &n), -ECANCELED);
	assert_int_equal(n, 1);
}

static void assert_refused(const char *run_dir, int code)
{
	int ret = v6_failure_note(run_dir, "web", "text"), n = 0;

	if (ret != code)
		fail_msg("%s: %d, expected %d", run_dir, ret, code);
	assert_int_equal(v6_failure_forget(run_dir, "web"), code);
	assert_int_equal(v6_failures_each(run_dir, stop, &n), code);
	assert_int_equal(n, 0);
}

static void directory_of_others_is_refused(void **state)
{
	static const mode_t modes[] = {0777, 0770, 0720, 0702, 01777};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(modes); i++) {
		assert_int_equal(fchmod(host.dir, modes[i]), 0);
		assert_refused(dir_path, -EPERM);
	}
	assert_int_equal(fchmod(host.dir, 0755), 0);
	assert_false(exists("failures"));
	note("web", "text");
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(host.dir, 1, (gid_t)-1), 0);
	assert_refused(dir_path, -EPERM);
}

static void directories_are_no_links(void **state)
{
	char path[sizeof(dir_path) + sizeof("/x/y")];

	(void)state;
	make_dir("elsewhere");
	snprintf(path, sizeof(path), "%s/x", dir_path);
	assert_int_equal(symlinkat("elsewhere", host.dir, "x"), 0);
	assert_refused(path, -ENOTDIR);
	assert_int_equal(unlinkat(host.dir, "x", 0), 0);
	write_text("x", "");
	assert_refused(path, -ENOTDIR);

	assert_int_equal(symlinkat("elsewhere", host.dir, "failures"), 0);
	assert_refused(dir_path, -ENOTDIR);
	assert_int_equal(unlinkat(host.dir, "elsewhere", AT_REMOVEDIR), 0); /* still empty */
}

static void directory_is_made_for_us_alone(void **state)
{
	char path[sizeof(dir_path) + sizeof("/x/y")];
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	snprintf(path, sizeof(path), "%s/x/y", dir_path);
	assert_int_equal(v6_failure_note(path, "web", "text"), -ENOENT);
	/* where there is no directory, nothing is known of anybody */
	assert_int_equal(v6_failure_forget(path, "web"), 0);
	snprintf(path, sizeof(path), "%s/x", dir_path);
	/* to look makes none, and nothing is there to be seen */
	assert_int_equal(v6_failures_each(path, NULL, NULL), 0);
	assert_false(exists("x"));
	assert_int_equal(v6_failure_note(path, "web", "text"), 0);
	umask(mask);
	assert_int_equal(fstatat(host.dir, "x", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(host.dir, "x/failures", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(last_failure_is_kept),
		TEST(forgetting_is_of_one_container),
		TEST(many_containers_fill_no_memory),
		TEST(longest_failure_is_kept_whole),
		TEST(longer_text_leaves_the_old_one),
		TEST(noted_text_is_never_lost),
		TEST(damaged_files_are_passed_over),
		TEST(damaged_file_is_replaced),
		TEST(control_characters_of_a_file_are_not_shown),
		TEST(visit_ends_when_it_says_so),
		TEST(directory_of_others_is_refused),
		TEST(directories_are_no_links),
		TEST(directory_is_made_for_us_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
