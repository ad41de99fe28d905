/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record store: what is written is read again, whatever happens to its files. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "apply/elements.h"
#include "base/address.h"
#include "base/file.h"
#include "kernel/netns.h"
#include "store/record.h"
#include "scratch.h"

/* refused() - the error's text, after a load that must fail with @code and touch nothing */
static const char *refused(const char *id, int code)
{
	static struct v6_error err;
	struct v6_record record, before;

	memset(&record, 0x5a, sizeof(record));
	memcpy(&before, &record, sizeof(before));
	err = (struct v6_error){.code = 42};
	assert_int_equal(v6_record_load(&host, id, &record, &err), code);
	assert_int_equal(err.code, code);
	assert_memory_equal(&record, &before, sizeof(record));
	return err.text;
}

static struct v6_record load(const char *id)
{
	struct v6_record record;
	struct v6_error err;

	if (v6_record_load(&host, id, &record, &err) < 0)
		fail_msg("%s", err.text);
	return record;
}

static void save(const struct v6_record *record)
{
	struct v6_error err;

	if (v6_record_save(&host, record, &err) < 0)
		fail_msg("%s", err.text);
}

static struct in6_addr address(const char *text)
{
	struct in6_addr value;

	assert_int_equal(v6_address_parse(text, &value), 0);
	return value;
}

/* small_record() - one service, one port; @pid tells versions of it apart */
static struct v6_record small_record(const char *id, pid_t pid)
{
	struct v6_record record = {.pid = pid, .n_services = 1, .n_maps = 1};

	snprintf(record.id, sizeof(record.id), "%s", id);
	strcpy(record.services[0].name, "web3");
	record.services[0].address = address("2001:db8::203");
	record.maps[0] = (struct v6_port_map){IPPROTO_TCP, 80, 8080, 1};
	record.destination.address = address("fd42::11");
	record.destination.subnet = (struct v6_prefix){address("fd42::"), 64};
	return record;
}

/* full_record() - as much as a record can hold, no two members with one value */
static struct v6_record full_record(void)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
	struct v6_destination d = {
		.provided = true,
		.link = INT32_MAX - 1,
		.via = INT32_MAX,
		.link_name = "container_link5",
		.via_name = "bridge_or_veth5",
	};
	struct v6_record r = {
		.engine = V6_ENGINE_CONTAINERD,
		.pid = INT32_MAX - 2,
		.started = INT64_MAX,
		.netns = INT64_MAX - 1,
		.netns_cookie = INT64_MAX - 3,
		.created = INT64_MAX - 2,
		.created_up = INT64_MAX - 3,
		.n_services = V6_RECORD_ADDRESSES_MAX,
		.n_maps = V6_REQUEST_MAPS_MAX,
	};
	size_t i;

	memset(&d.address, 0xff, sizeof(d.address));
	memset(&d.subnet.address, 0xee, sizeof(d.subnet.address));
	d.subnet.length = 128;
	d.ruled = true;
	r.destination = d;
	fill(r.id, sizeof(r.id), 'i');
	fill(r.name, sizeof(r.name), 'n');
	fill(r.netns_path, sizeof(r.netns_path), '/');
	for (i = 0; i < r.n_services; i++) {
		fill(r.services[i].name, sizeof(r.services[i].name), (char)('a' + i));
		fill(r.services[i].link_name, IF_NAMESIZE, (char)('A' + i));
		memset(&r.services[i].address, 0xa0 + (int)i, sizeof(struct in6_addr));
		r.services[i].link = INT32_MAX - 10 - (int)i;
		r.services[i].ours = i % 2;
		r.services[i].attach = (enum v6_attach)(i % 4);
		r.services[i].table = UINT32_MAX - (uint32_t)i;
	}
	/* as many single ports as there may be, and a wide range */
	for (i = 0; i < r.n_maps; i++)
		r.maps[i] = (struct v6_port_map){protocols[i % 3], (uint16_t)(20000 + 16 * i),
						 (uint16_t)(65520 - i), 16};
	r.maps[1] = (struct v6_port_map){protocols[1], 40000, 40000, 25536};
	return r;
}

static void assert_same_destination(const struct v6_destination *a, const struct v6_destination *b)
{
	assert_int_equal(a->pending, b->pending);
	assert_true(v6_address_equal(&a->address, &b->address));
	assert_int_equal(a->provided, b->provided);
	assert_int_equal(a->link, b->link);
	assert_string_equal(a->link_name, b->link_name);
	assert_int_equal(a->via, b->via);
	assert_string_equal(a->via_name, b->via_name);
	assert_true(v6_address_equal(&a->subnet.address, &b->subnet.address));
	assert_int_equal(a->subnet.length, b->subnet.length);
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->hairpin, b->hairpin);
	assert_int_equal(a->ruled, b->ruled);
}

static void assert_same(const struct v6_record *a, const struct v6_record *b)
{
	size_t i;

	assert_string_equal(a->id, b->id);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->netns_path, b->netns_path);
	assert_int_equal(a->netns_cookie, b->netns_cookie);
	assert_int_equal(a->engine, b->engine);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->started, b->started);
	assert_int_equal(a->netns, b->netns);
	assert_int_equal(a->created, b->created);
	assert_int_equal(a->created_up, b->created_up);
	assert_int_equal(a->n_services, b->n_services);
	for (i = 0; i < a->n_services; i++) {
		assert_string_equal(a->services[i].name, b->services[i].name);
		assert_true(v6_address_equal(&a->services[i].address, &b->services[i].address));
		assert_string_equal(a->services[i].link_name, b->services[i].link_name);
		assert_int_equal(a->services[i].link, b->services[i].link);
		assert_int_equal(a->services[i].ours, b->services[i].ours);
		assert_int_equal(a->services[i].attach, b->services[i].attach);
		assert_int_equal(a->services[i].table, b->services[i].table);
	}
	assert_int_equal(a->n_maps, b->n_maps);
	for (i = 0; i < a->n_maps; i++) {
		assert_int_equal(a->maps[i].protocol, b->maps[i].protocol);
		assert_int_equal(a->maps[i].service_port, b->maps[i].service_port);
		assert_int_equal(a->maps[i].target_port, b->maps[i].target_port);
		assert_int_equal(a->maps[i].count, b->maps[i].count);
	}
	assert_same_destination(&a->destination, &b->destination);
}

static void full_record_comes_back(void **state)
{
	struct v6_record saved = full_record(), loaded;
	char path[256];

	(void)state;
	save(&saved);
	loaded = load(saved.id);
	assert_same(&loaded, &saved);
	snprintf(path, sizeof(path), "records/%s.json", saved.id);
	assert_true(exists(path));
}

static void a_whole_address_comes_back(void **state)
{
	struct v6_record saved = full_record(), loaded;

	(void)state;
	saved.maps[0] = (struct v6_port_map){V6_PROTOCOL_ALL, 0, 0, 1};
	saved.n_maps = 1;
	save(&saved);
	loaded = load(saved.id);
	assert_same(&loaded, &saved);
}

static void a_pending_record_comes_back(void **state)
{
	struct v6_record saved = small_record("web", 1), loaded;
	struct v6_nat_op claim;

	(void)state;
	saved.destination = (struct v6_destination){.pending = true, .link = 2};
	strcpy(saved.destination.link_name, "eth0");
	save(&saved);
	loaded = load("web");
	assert_same(&loaded, &saved);
	/* its claims are held all the same, and lead to where nobody can listen */
	claim = v6_claim_element(&loaded, 0);
	assert_int_equal(claim.target.port, 0);
	assert_true(v6_address_equal(&claim.target.address, &loaded.services[0].address));
}

static void a_record_that_follows_its_names_comes_back(void **state)
{
	struct v6_record saved = full_record(), loaded;
	size_t i;

	(void)state;
	saved.follow = true;
	fill(saved.interface, sizeof(saved.interface), 'l');
	fill(saved.pod_namespace, sizeof(saved.pod_namespace), 'p');
	fill(saved.pod, sizeof(saved.pod), 'q');
	saved.n_leaving = V6_RECORD_ADDRESSES_MAX;
	for (i = 0; i < saved.n_leaving; i++)
		saved.leaving[i] = (struct v6_leaving){saved.services[i], INT64_MAX - (int)i};
	save(&saved);
	loaded = load(saved.id);
	assert_same(&loaded, &saved);
	assert_true(loaded.follow);
	assert_string_equal(loaded.interface, saved.interface);
	assert_string_equal(loaded.pod_namespace, saved.pod_namespace);
	assert_string_equal(loaded.pod, saved.pod);
	assert_int_equal(loaded.n_leaving, saved.n_leaving);
	for (i = 0; i < saved.n_leaving; i++) {
		assert_string_equal(loaded.leaving[i].service.name, saved.services[i].name);
		assert_int_equal(loaded.leaving[i].until, saved.leaving[i].until);
	}
}

static void siblings_are_kept(void **state)
{
	struct v6_sibling sibling = {7, "br1", {2, 0, 0, 0, 0, 1}}, *kept;
	struct v6_record r;
	int i;

	(void)state;
	r = small_record("web", 4711);
	r.destination.siblings[0] = r.destination.siblings[1] = sibling;
	r.destination.n_siblings = 2;
	assert_int_equal(v6_record_save(&host, &r, NULL), 0);
	r = load(r.id);
	assert_int_equal(r.destination.n_siblings, 2);
	for (i = 0; i < 2; i++) {
		kept = &r.destination.siblings[i];
		assert_int_equal(kept->via, sibling.via);
		assert_string_equal(kept->via_name, sibling.via_name);
		assert_memory_equal(kept->mac, sibling.mac, sizeof(sibling.mac));
	}
}

/* Others take for granted that each mapping of such a record has one port of its own. */
static void relays_are_for_single_ports_of_tcp(void **state)
{
	struct v6_error err;
	struct v6_record r;

	(void)state;
	r = small_record("web", 4711);
	r.maps[0] = (struct v6_port_map){IPPROTO_TCP, 80, 8080, 1};
	r.relay = V6_RELAY_PROXY;
	r.destination.relay_port = 61000;
	assert_int_equal(v6_record_target_port(&r, &r.maps[0]), 61000);
	assert_int_equal(v6_record_save(&host, &r, NULL), 0);
	r = load(r.id);
	assert_int_equal(r.relay, V6_RELAY_PROXY);
	assert_int_equal(r.destination.relay_port, 61000);
	r.maps[0].count = 2;
	assert_int_equal(v6_record_save(&host, &r, NULL), 0);
	assert_int_equal(v6_record_load(&host, r.id, &r, &err), -EBADMSG);
	r.maps[0].count = 1;
	r.maps[r.n_maps++] = (struct v6_port_map){IPPROTO_TCP, 81, 8081, 1};
	r.destination.relay_port = 65535;
	assert_int_equal(v6_record_save(&host, &r, NULL), 0);
	assert_int_equal(v6_record_load(&host, r.id, &r, &err), -EBADMSG);
}

static void ids_are_no_syntax(void **state)
{
	static const char *const rows[] = {"a\\b", "%s%n", "{},:[]", "a.json", "-", "*?$(x)'"};
	struct v6_record saved, loaded;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		saved = small_record(rows[i], (pid_t)i);
		save(&saved);
		loaded = load(rows[i]);
		assert_same(&loaded, &saved);
	}
}

static void only_files_are_read(void **state)
{
	struct v6_record record = small_record("web", 1);
	int fifo;

	(void)state;
	save(&record);
	assert_int_equal(renameat(host.dir, "records/web.json", host.dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("../elsewhere", host.dir, "records/web.json"), 0);
	refused("web", -EBADMSG);
	assert_int_equal(unlinkat(host.dir, "records/web.json", 0), 0);

	make_dir("records/web.json");
	refused("web", -EBADMSG);
	assert_int_equal(unlinkat(host.dir, "records/web.json", AT_REMOVEDIR), 0);

	must_not_block(5);
	assert_int_equal(mkfifoat(host.dir, "records/web.json", 0600), 0);
	refused("web", -EBADMSG);
	fifo = openat(host.dir, "records/web.json", O_RDWR | O_CLOEXEC);
	refused("web", -EAGAIN); /* a writer that says nothing */
	close(fifo);
	must_not_block(0);
}

/* Only root may write beside it: v6_run_dir_find() */
static void linked_directory_is_not_listed(void **state)
{
	struct v6_record record = small_record("web", 1);
	struct v6_error err;

	(void)state;
	save(&record);
	assert_int_equal(renameat(host.dir, "records", host.dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", host.dir, "records"), 0);
	assert_true(v6_records_tidy(&host, &err) < 0);
	assert_int_equal(strncmp(err.text, V6_RUN_DIR "/records: cannot open the directory: ",
				 sizeof(V6_RUN_DIR) + 36),
			 0);
	write_text("records/x", ""); /* the link is still there */
	assert_true(exists("elsewhere/x") && exists("elsewhere/web.json"));
}

static void origin_is_checked(void **state)
{
	static const char other[] = "11111111-2222-3333-4444-555555555556";
	struct v6_record record = small_record("web", 1);

	(void)state;
	save(&record);
	host.netns++;
	assert_string_equal(refused("web", -EXDEV),
			    V6_RUN_DIR "/records/web.json: it is of another network namespace");
	strcpy(host.boot_id, other); /* another boot's numbers of namespaces mean nothing */
	assert_string_equal(refused("web", -ESTALE),
			    V6_RUN_DIR "/records/web.json: it is of an earlier boot");
	save(&record);
	load("web");

	assert_string_equal(refused("3f2a91c04b77b1c6", -ENOENT), "3f2a91c04b77: no record");
}

static void replacing_is_atomic(void **state)
{
	struct v6_record record = small_record("web", 1);
	auto_free char *text = NULL;
	size_t size;
	int old;

	(void)state;
	save(&record);
	old = openat(host.dir, "records/web.json", O_RDONLY | O_CLOEXEC);
	record.pid = 2;
	save(&record);
	assert_int_equal(load("web").pid, 2);

	/* who opened the old one reads all of it */
	assert_int_equal(v6_file_read(old, 65536, &text, &size), 0);
	assert_non_null(strstr(text, "\"pid\": 1,"));
	assert_non_null(strstr(text, "\"subnet_length\": 64"));
	close(old);
}

static void leftover_of_a_killed_writer_is_overwritten(void **state)
{
	struct v6_record record = small_record("web", 1);
	char junk[8192];

	(void)state;
	make_dir("records");
	memset(junk, '}', sizeof(junk));
	write_bytes("records/.web.json", junk, sizeof(junk));
	save(&record);
	assert_int_equal(load("web").pid, 1);
	assert_false(exists("records/.web.json"));
}

static void link_at_the_temporary_name_is_not_followed(void **state)
{
	struct v6_record record = small_record("web", 1);
	auto_free char *text = NULL;
	size_t size;

	(void)state;
	save(&record);
	write_text("elsewhere", "keep");
	assert_int_equal(symlinkat("../elsewhere", host.dir, "records/.web.json"), 0);
	record.pid = 2;
	save(&record);
	assert_int_equal(load("web").pid, 2);
	assert_int_equal(v6_file_read_at(host.dir, "elsewhere", 10, &text, &size), 0);
	assert_string_equal(text, "keep");
}

/* A full disk, by the limit of a file's size. */
static void failed_save_leaves_the_old_record(void **state)
{
	struct v6_record record = full_record();
	struct rlimit before, small;
	struct v6_error err;
	char temporary[300];
	int ret;

	(void)state;
	save(&record);
	record.pid = 2;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){100, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	ret = v6_record_save(&host, &record, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);

	assert_int_equal(ret, -EFBIG);
	assert_non_null(strstr(err.text, "iii.json: cannot write it: File too large"));
	assert_int_equal(load(record.id).pid, INT32_MAX - 2);
	snprintf(temporary, sizeof(temporary), "records/.%s.json", record.id);
	assert_false(exists(temporary));
}

static void removing_twice_is_success(void **state)
{
	struct v6_record one = small_record("one", 1), two = small_record("two", 2);
	struct v6_error err;

	(void)state;
	save(&one);
	save(&two);
	assert_int_equal(v6_record_remove(&host, "one", &err), 0);
	refused("one", -ENOENT);
	assert_int_equal(v6_record_remove(&host, "one", &err), 0);
	assert_int_equal(load("two").pid, 2);

	make_dir("records/dir.json");
	assert_int_equal(v6_record_remove(&host, "dir", &err), -EISDIR);
	assert_int_equal(err.code, -EISDIR);
}

struct seen {
	char ids[8][V6_ID_MAX + 1];
	size_t n;
	int ret;
};

static int see(const char *id, void *data)
{
	struct seen *seen = data;

	assert_true(seen->n < V6_ARRAY_SIZE(seen->ids));
	snprintf(seen->ids[seen->n++], sizeof(seen->ids[0]), "%s", id);
	return seen->ret;
}

static bool was_seen(const struct seen *seen, const char *id)
{
	size_t i, n = 0;

	for (i = 0; i < seen->n; i++)
		n += strcmp(seen->ids[i], id) == 0;
	return n == 1;
}

static void ids_are_of_record_files_only(void **state)
{
	static const char *const others[] = {
		".web.json", ".json", "..json",	   "json",	"web.txt",
		"web",	     "web.",  "web.json~", "web.jsonx", "web.JSON",
	};
	char longest[V6_ID_MAX + 1], path[400];
	struct seen seen = {.n = 0};
	size_t i;

	(void)state;
	make_dir("records");
	for (i = 0; i < V6_ARRAY_SIZE(others); i++) {
		snprintf(path, sizeof(path), "records/%s", others[i]);
		write_text(path, "");
	}
	fill(longest, sizeof(longest), 'x');
	snprintf(path, sizeof(path), "records/%s.json", longest);
	write_text(path, "");
	snprintf(path, sizeof(path), "records/y%s.json", longest);
	write_text(path, "");
	snprintf(path, sizeof(path), "records/%s%.100s.json", longest, longest);
	write_text(path, "");
	write_text("records/a.json", "");
	write_text("records/a.json.json", "");

	assert_int_equal(v6_record_ids(&host, see, &seen, NULL), 0);
	assert_int_equal(seen.n, 3);
	assert_true(was_seen(&seen, longest));
	assert_true(was_seen(&seen, "a"));
	assert_true(was_seen(&seen, "a.json"));

	seen = (struct seen){.ret = -ECANCELED};
	assert_int_equal(v6_record_ids(&host, see, &seen, NULL), -ECANCELED);
	assert_int_equal(seen.n, 1);
	seen = (struct seen){.ret = 1};
	assert_int_equal(v6_record_ids(&host, see, &seen, NULL), 0);
	assert_int_equal(seen.n, 3);
}

static int remove_visited(const char *id, void *data)
{
	(*(int *)data)++;
	return v6_record_remove(&host, id, NULL);
}

static void visited_records_may_be_removed(void **state)
{
	char path[64];
	int i, n = 0;

	(void)state;
	make_dir("records");
	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "records/container-%d.json", i);
		write_text(path, "");
	}
	assert_int_equal(v6_record_ids(&host, remove_visited, &n, NULL), 0);
	assert_int_equal(n, 300);
	assert_int_equal(unlinkat(host.dir, "records", AT_REMOVEDIR), 0);
	assert_int_equal(v6_record_ids(&host, remove_visited, &n, NULL), 0);
	assert_int_equal(n, 300);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(full_record_comes_back),
		TEST(a_whole_address_comes_back),
		TEST(a_pending_record_comes_back),
		TEST(a_record_that_follows_its_names_comes_back),
		TEST(siblings_are_kept),
		TEST(relays_are_for_single_ports_of_tcp),
		TEST(ids_are_no_syntax),
		TEST(only_files_are_read),
		TEST(linked_directory_is_not_listed),
		TEST(origin_is_checked),
		TEST(replacing_is_atomic),
		TEST(leftover_of_a_killed_writer_is_overwritten),
		TEST(link_at_the_temporary_name_is_not_followed),
		TEST(failed_save_leaves_the_old_record),
		TEST(removing_twice_is_success),
		TEST(ids_are_of_record_files_only),
		TEST(visited_records_may_be_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
