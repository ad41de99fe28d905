/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last failures: few enough, readable or not there, and never written to elsewhere. */
#include <time.h>

#include <libv6/store.h>

#include "base/clock.h"

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

static struct v6_state container(const char *id)
{
	struct v6_state state = {.pid = 0};

	snprintf(state.id, sizeof(state.id), "%.*s", V6_ID_MAX, id);
	return state;
}

/* asking() - a container that asks for names; for one statement */
static struct v6_state asking(const char *id, const char *hosts)
{
	static struct v6_annotation annotation;
	struct v6_state state = container(id);

	annotation = (struct v6_annotation){(char *)"v6.host", (char *)hosts};
	state.annotations = &annotation;
	state.n_annotations = 1;
	return state;
}

static int note_in(const char *run_dir, const char *id, const char *text)
{
	struct v6_state state = container(id);

	return v6_failure_note(run_dir, &state, text);
}

static int forget_in(const char *run_dir, const char *id)
{
	struct v6_state state = container(id);

	return v6_failure_forget(run_dir, &state);
}

static void note(const char *id, const char *text)
{
	assert_int_equal(note_in(dir_path, id, text), 0);
}

static void note_asking(const char *id, const char *hosts, const char *text)
{
	struct v6_state state = asking(id, hosts);

	assert_int_equal(v6_failure_note(dir_path, &state, text), 0);
}

static void succeed_asking(const char *id, const char *hosts)
{
	struct v6_state state = asking(id, hosts);

	assert_int_equal(v6_failure_forget(dir_path, &state), 0);
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
	assert_int_equal(forget_in(dir_path, "web"), 0);
	note("web", "a");
	note("db", "b");
	assert_int_equal(forget_in(dir_path, "we"), 0);
	assert_int_equal(forget_in(dir_path, "web"), 0);
	assert_null(text_of("web"));
	assert_string_equal(text_of("db"), "b");
	assert_int_equal(forget_in(dir_path, "web"), 0);
}

/* The names that were asked for count, however the message begins */
static void failure_is_about_its_names(void **state)
{
	const struct v6_failure *f;

	(void)state;
	note_asking("a", "web3, WEB4\t2001:db8::00ff", "configuration: line 3");
	f = &look()->failures[0];
	assert_string_equal(f->hosts, "web3 WEB4 2001:db8::00ff");
	assert_true(v6_failure_is_about(f, "WEB3"));
	assert_true(v6_failure_is_about(f, "web4"));
	assert_true(v6_failure_is_about(f, "2001:DB8::ff"));
	assert_false(v6_failure_is_about(f, "web"));
	assert_false(v6_failure_is_about(f, "configuration"));
	assert_false(v6_failure_is_about(f, ""));
}

static void success_ends_failures_of_its_names(void **state)
{
	(void)state;
	note_asking("a", "web3,web4", "held");
	note_asking("b", "web3", "gone");
	note_asking("c", "web33", "other");
	succeed_asking("d", "web3,web5");
	assert_null(text_of("b"));
	assert_string_equal(text_of("c"), "other");
	/* its other name is still without a container */
	assert_string_equal(text_of("a"), "held");
	succeed_asking("d", "web4");
	assert_null(text_of("a"));
	/* the container's own success ends all, whatever it asks for now */
	succeed_asking("c", "web9");
	assert_int_equal(count_files(), 0);
}

/* A service that is tried for ever under ever new ids is one failure, not 256 */
static void same_failure_of_a_new_container_replaces_the_old(void **state)
{
	(void)state;
	note_asking("a", "web3", "held");
	note_asking("b", "web3", "held");
	assert_null(text_of("a"));
	note_asking("c", "web3", "no such name");
	note_asking("d", "web4", "held");
	note("e", "held");
	note("f", "held");
	assert_int_equal(look()->n, 5);
}

static void failure_ends_with_its_container_and_with_time(void **state)
{
	struct v6_state podman = asking("abcd", "web3");
	char text[512], bundle[sizeof(podman.bundle)];
	long long now = time(NULL), up = v6_uptime_s();

	(void)state;
	make_dir("overlay-containers");
	make_dir("overlay-containers/abcd");
	make_dir("overlay-containers/abcd/userdata");
	snprintf(bundle, sizeof(bundle), "%s/overlay-containers/abcd/userdata", dir_path);
	memcpy(podman.bundle, bundle, sizeof(bundle));
	assert_int_equal(v6_failure_note(dir_path, &podman, "held"), 0);
	assert_string_equal(text_of("abcd"), "held");
	assert_int_equal(rmdir(bundle), 0);
	assert_null(text_of("abcd"));
	/* one that its engine removes at once has to be found afterwards */
	make_dir("overlay-containers/abcd/userdata");
	podman.disposable = true;
	assert_int_equal(v6_failure_note(dir_path, &podman, "held"), 0);
	assert_int_equal(rmdir(bundle), 0);
	assert_string_equal(text_of("abcd"), "held");

	/* by the clock that nobody sets, where it is known */
	snprintf(text, sizeof(text), "young\n1\nt\nh\n\n0\n\n%lld\n", up);
	write_text("failures/01", text);
	snprintf(text, sizeof(text), "earlier\n%lld\nt\n", now - V6_FAILURE_KEPT_S - 2);
	write_text("failures/02", text);
	assert_string_equal(text_of("young"), "t");
	assert_null(text_of("earlier"));
}

/* No user's failures push out, or end, those of root or of another user */
static void users_have_slots_of_their_own(void **state)
{
	struct v6_state alice = {.uid = 1000}, bob = asking("bob@1001", "web3");
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < SLOTS; i++) {
		snprintf(name, sizeof(name), "root%d", i);
		note(name, name);
	}
	i = (int)count_files();
	bob.uid = 1001;
	assert_int_equal(v6_failure_note(dir_path, &bob, "refused"), 0);
	for (alice.pid = 0; alice.pid < 1000; alice.pid++) {
		snprintf(alice.id, sizeof(alice.id), "%d@1000", alice.pid);
		assert_int_equal(v6_failure_note(dir_path, &alice, "refused"), 0);
	}
	assert_true(count_files() <= (size_t)i + 1 + 8);
	assert_string_equal(text_of("bob@1001"), "refused");
	alice = asking("x@1000", "web3");
	alice.uid = 1000;
	assert_int_equal(v6_failure_forget(dir_path, &alice), 0);
	succeed_asking("root", "web3");
	assert_string_equal(text_of("bob@1001"), "refused");
}

/* At a later stage the state has no annotations any more */
static void names_come_from_the_record(void **state)
{
	(void)state;
	make_dir("records");
	write_text(
		"records/abcd.json",
		"{\"services\": [{\"name\": \"web3\"}, {\"name\": \"web3\"}, {\"name\": \"web4\"}]}");
	note("abcd", "no address");
	assert_string_equal(look()->failures[0].hosts, "web3 web4");
	note("../records/abcd", "x");
	note("none", "y");
	assert_int_equal(look()->n, 3);
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
			assert_int_equal(forget_in(dir_path, ids[i]), 0);
	assert_int_equal(look()->n, n);
	for (i = 0; i < V6_ARRAY_SIZE(ids); i++)
		assert_int_equal(forget_in(dir_path, ids[i]), 0);
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
		assert_int_equal(note_in(dir_path, "web", text), -E2BIG);
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
		if (note_in(dir_path, "web", text) == 0)
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
	char text[64];

	(void)state;
	make_dir("failures");
	snprintf(text, sizeof(text), "we\033[2Jb\n%lld\nno\033]0;x\007 such\xff name\n",
		 (long long)time(NULL));
	write_text("failures/00", text);
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
	assert_int_equal(forget_in(dir_path, "web"), 0);
	note("web", "new");
	assert_string_equal(text_of("web"), "new");
	assert_int_equal(count_files(), SLOTS); /* it has one of their names */
}

static int stop_at_once(const struct v6_failure *failure, void *data)
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
	assert_int_equal(v6_failures_each(dir_path, stop_at_once, &n), -ECANCELED);
	assert_int_equal(n, 1);
}

/* assert_refused() - @forgets: what it returns to forget one; 0 where none is there */
static void assert_refused(const char *run_dir, int code, int forgets)
{
	int ret = note_in(run_dir, "web", "text"), n = 0;

	if (ret != code)
		fail_msg("%s: %d, expected %d", run_dir, ret, code);
	assert_int_equal(forget_in(run_dir, "web"), forgets);
	assert_int_equal(v6_failures_each(run_dir, stop_at_once, &n), code);
	assert_int_equal(n, 0);
}

static void directory_of_others_is_refused(void **state)
{
	static const mode_t modes[] = {0777, 0770, 0720, 0702, 01777};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(modes); i++) {
		assert_int_equal(fchmod(host.dir, modes[i]), 0);
		assert_refused(dir_path, -EPERM, 0);
	}
	assert_int_equal(fchmod(host.dir, 0755), 0);
	assert_false(exists("failures"));
	note("web", "text");
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(host.dir, 1, (gid_t)-1), 0);
	assert_refused(dir_path, -EPERM, -EPERM);
}

static void directories_are_no_links(void **state)
{
	char path[sizeof(dir_path) + sizeof("/x/y")];

	(void)state;
	make_dir("elsewhere");
	snprintf(path, sizeof(path), "%s/x", dir_path);
	assert_int_equal(symlinkat("elsewhere", host.dir, "x"), 0);
	assert_refused(path, -ENOTDIR, 0);
	assert_int_equal(unlinkat(host.dir, "x", 0), 0);
	write_text("x", "");
	assert_refused(path, -ENOTDIR, -ENOTDIR);

	assert_int_equal(symlinkat("elsewhere", host.dir, "failures"), 0);
	assert_refused(dir_path, -ENOTDIR, -ENOTDIR);
	assert_int_equal(unlinkat(host.dir, "elsewhere", AT_REMOVEDIR), 0); /* still empty */
}

static void directory_is_made_for_us_alone(void **state)
{
	char path[sizeof(dir_path) + sizeof("/x/y")];
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	snprintf(path, sizeof(path), "%s/x/y", dir_path);
	assert_int_equal(note_in(path, "web", "text"), -ENOENT);
	/* where there is no directory, nothing is known of anybody */
	assert_int_equal(forget_in(path, "web"), 0);
	snprintf(path, sizeof(path), "%s/x", dir_path);
	/* to look makes none, and nothing is there to be seen */
	assert_int_equal(v6_failures_each(path, NULL, NULL), 0);
	assert_false(exists("x"));
	assert_int_equal(note_in(path, "web", "text"), 0);
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
		TEST(failure_is_about_its_names),
		TEST(success_ends_failures_of_its_names),
		TEST(same_failure_of_a_new_container_replaces_the_old),
		TEST(failure_ends_with_its_container_and_with_time),
		TEST(users_have_slots_of_their_own),
		TEST(names_come_from_the_record),
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
