/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which engines there are, which directories of hooks they read, and whether these are in order. An
 * engine reads all files of a directory before each container: one that is broken, whoever's it is,
 * stops every container, and one whose program is missing is passed over without a word.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "check/checker.h"
#include "check/engines.h"

#define STEP	  "hooks"
#define FILE_MAX  (256 * 1024)
#define FILES_MAX 256
#define DIRS_MAX  8
#define USUAL_DIR "/usr/share/containers/oci/hooks.d"
#define OUR_NAME  "oci-v6-hook"
#define SHIMS	  "/oci-v6-" /* oci-v6-runtime, and its other names */

/**
 * struct engine - One that may be installed
 * @program:	To be found in PATH
 * @config:	File where its directories of hooks may be told, as `hooks_dir = ["...", ...]`;
 *		NULL: it reads none
 * @drop_ins:	NULL, or a directory of such files, the last of which in their order counts, before
 *		@config; where @suffix is not NULL, those whose names end so
 * @runtimes:	NULL, or the file where its runtimes are told
 */
struct engine {
	const char *program;
	const char *config[2];
	const char *drop_ins;
	const char *suffix;
	const char *runtimes;
};

static const struct engine engines[] = {
	{.program = "podman",
	 .config = {"/etc/containers/containers.conf", "/usr/share/containers/containers.conf"},
	 .drop_ins = "/etc/containers/containers.conf.d",
	 .suffix = ".conf"},
	{.program = "crio", .config = {"/etc/crio/crio.conf"}, .drop_ins = "/etc/crio/crio.conf.d"},
	{.program = "dockerd", .runtimes = "/etc/docker/daemon.json"},
	{.program = "containerd", .runtimes = "/etc/containerd/config.toml"},
	{.program = "lxc-start"},
	{.program = "incusd"},
};

/* struct sum - what a directory has, or several */
struct sum {
	size_t files, broken;
	bool unseen, starts, stops;
};

/* struct dirs - directories that engines read, and what they have once they were looked at */
struct dirs {
	char list[DIRS_MAX][256];
	struct sum sums[DIRS_MAX];
	size_t n;
};

static void add_dir(struct dirs *dirs, const char *path, size_t size)
{
	size_t i;

	if (size == 0 || size >= sizeof(dirs->list[0]) || dirs->n == DIRS_MAX)
		return;
	for (i = 0; i < dirs->n; i++)
		if (strncmp(dirs->list[i], path, size) == 0 && dirs->list[i][size] == '\0')
			return;
	memcpy(dirs->list[dirs->n], path, size);
	dirs->list[dirs->n++][size] = '\0';
}

/* find_program() - in PATH, and where the system's own programs are */
static bool find_program(const char *name, char *ret_path, size_t size)
{
	const char *path = getenv("PATH"), *end;
	char all[4096];

	snprintf(all, sizeof(all), "%s:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
		 path ? path : "");
	for (path = all; *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		snprintf(ret_path, size, "%.*s/%s", (int)(end - path), path, name);
		if (*path == '/' && access(ret_path, X_OK) == 0)
			return true;
	}
	return false;
}

static int read_engine_file(const char *path, char **ret_text, size_t *ret_size)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : v6_file_read(fd, FILE_MAX, ret_text, ret_size);
}

/* find_key() - behind `hooks_dir =` on a line of its own of a TOML file; NULL: it is not there */
static const char *find_key(const char *text)
{
	static const char key[] = "hooks_dir";
	const char *at = text;

	while (at) {
		at += strspn(at, " \t\n");
		if (strncmp(at, key, sizeof(key) - 1) == 0) {
			at += sizeof(key) - 1;
			at += strspn(at, " \t");
			return *at == '=' ? at + 1 : NULL;
		}
		at = strchr(at, '\n');
	}
	return NULL;
}

/* add_configured() - the strings of a list that a file gives. Returns whether it gives any */
static bool add_configured(const char *path, struct dirs *dirs)
{
	auto_free char *text = NULL;
	const char *at, *end;
	size_t size;

	if (read_engine_file(path, &text, &size) < 0 || !(at = find_key(text)))
		return false;
	end = at + strcspn(at, "]");
	while ((at = strchr(at, '"')) && at < end) {
		add_dir(dirs, at + 1, strcspn(at + 1, "\""));
		at += strcspn(at + 1, "\"") + 1;
		at += *at == '"';
	}
	return true;
}

static int is_visible_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t size = strlen(name), end = suffix ? strlen(suffix) : 0;

	return size > end && strcmp(name + size - end, suffix ? suffix : "") == 0;
}

/* add_dropped_in() - the same, by the last file of a directory that gives any */
static bool add_dropped_in(const struct engine *engine, struct dirs *dirs)
{
	struct dirent **entries = NULL;
	bool found = false;
	char path[512];
	int n = scandir(engine->drop_ins, &entries, is_visible_entry, alphasort);

	while (n-- > 0) {
		snprintf(path, sizeof(path), "%s/%s", engine->drop_ins, entries[n]->d_name);
		found = found ||
			(ends_in(entries[n]->d_name, engine->suffix) && add_configured(path, dirs));
		free(entries[n]);
	}
	free(entries);
	return found;
}

/* find_dirs() - what one engine reads */
static void find_dirs(const struct engine *engine, struct dirs *dirs)
{
	size_t i;

	if (engine->drop_ins && add_dropped_in(engine, dirs))
		return;
	for (i = 0; i < V6_ARRAY_SIZE(engine->config); i++)
		if (engine->config[i] && add_configured(engine->config[i], dirs))
			return;
	if (engine->config[0])
		add_dir(dirs, USUAL_DIR, strlen(USUAL_DIR));
}

/* struct text - directories, with commas in between */
struct text {
	char s[512];
};

static struct text format_dirs(const struct dirs *dirs)
{
	struct text text = {""};
	size_t i, length = 0;

	for (i = 0; i < dirs->n && length < sizeof(text.s); i++)
		length += (size_t)snprintf(text.s + length, sizeof(text.s) - length, "%s%s",
					   i ? ", " : "", dirs->list[i]);
	return text;
}

/* names_shim() - whether a file that an engine reads its runtimes from names ours */
static bool names_shim(const char *path)
{
	auto_free char *text = NULL;
	size_t size;

	return read_engine_file(path, &text, &size) == 0 && text && strstr(text, SHIMS);
}

/* report_runtime() - of an engine that reads no hooks: its runtime may do that for it */
static void report_runtime(struct v6_checker *checker, const struct engine *engine,
			   const char *path)
{
	if (!engine->runtimes)
		v6_found_good(checker, "engine",
			      "%s reads no hooks: its containers publish nothing by themselves",
			      path);
	else if (names_shim(engine->runtimes))
		v6_found_good(checker, "engine", "%s has a runtime of ours in %s", path,
			      engine->runtimes);
	else
		v6_found_doubt(
			checker, "engine", "",
			"%s reads no hooks, and %s names no runtime of ours: its containers publish nothing by themselves; see oci-v6-runtime(8)",
			path, engine->runtimes);
}

static void report_engine(struct v6_checker *checker, const struct engine *engine, const char *path,
			  const struct dirs *dirs)
{
	if (dirs->n > 0)
		v6_found_good(checker, "engine", "%s reads hooks from %s", path,
			      format_dirs(dirs).s);
	else
		report_runtime(checker, engine, path);
}

/*
 * Files
 */

/**
 * struct hook - What a file of a directory says
 * @path:	Its own
 * @program:	That it names
 * @ours:	It is for our hook, and
 * @starts:	runs it before a start, or
 * @stops:	after the end
 */
struct hook {
	char path[512];
	char program[256];
	bool ours, starts, stops;
};

static bool is_stage(const char *name)
{
	static const char *const stages[] = {"prestart",       "createRuntime", "createContainer",
					     "startContainer", "poststart",	"poststop"};
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(stages); i++)
		if (strcmp(stages[i], name) == 0)
			return true;
	return false;
}

/* read_stages() - of version 1.0.0 */
static int read_stages(const struct v6_json *root, struct hook *hook, struct v6_error *err)
{
	const struct v6_json *stages = NULL;
	const char *name;
	size_t i;
	int ret = v6_json_array(root, "stages", &stages, err);

	for (i = 0; ret == 0 && i < v6_json_size(stages); i++) {
		name = v6_json_text(v6_json_member(stages, i));
		if (!name || !is_stage(name))
			return v6_fail(err, -EINVAL, "\"stages\"[%zu]: \"%s\" is none", i,
				       V6_SHOWN(name ? name : ""));
		hook->starts |= strcmp(name, "createRuntime") == 0 || strcmp(name, "prestart") == 0;
		hook->stops |= strcmp(name, "poststop") == 0;
	}
	return ret;
}

static int read_members(const struct v6_json *root, struct hook *hook, struct v6_error *err)
{
	const struct v6_json *inner = NULL;
	const char *version = "", *program = "";
	int ret = v6_json_string(root, "version", &version, err);

	if (ret < 0)
		return ret;
	/* the older schema is another, and nobody's of today */
	if (strcmp(version, "1.0.0") != 0)
		return strcmp(version, "0.1.0") == 0
			       ? 0
			       : v6_fail(err, -EINVAL, "\"version\": \"%s\" is not 1.0.0",
					 V6_SHOWN(version));
	ret = v6_json_object(root, "hook", &inner, err);
	if (ret == 0)
		ret = v6_json_string(inner, "path", &program, err);
	if (ret < 0)
		return ret;
	snprintf(hook->program, sizeof(hook->program), "%s", program);
	hook->ours = strcmp(basename(program), OUR_NAME) == 0;
	return read_stages(root, hook, err);
}

static int read_hook(struct hook *hook, struct v6_error *err)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	auto_free char *text = NULL;
	size_t size;
	int ret = read_engine_file(hook->path, &text, &size);

	if (ret < 0)
		return v6_fail(err, ret, "cannot read it: %s", v6_strerror(ret));
	ret = v6_json_parse_plain(text, size, &root, err);
	if (ret == 0 && !v6_json_is_object(root))
		ret = v6_fail(err, -EINVAL, "expected an object");
	return ret < 0 ? ret : read_members(root, hook, err);
}

/* check_program() - that a hook names; a missing one is passed over by engines without a word */
static void check_program(struct v6_checker *checker, const struct hook *hook)
{
	bool there = access(hook->program, F_OK) == 0;

	if (!there && hook->ours)
		v6_found_fault(
			checker, STEP, "",
			"%s names %s, which is not there, so that containers publish nothing; install " OUR_NAME
			" again",
			hook->path, hook->program);
	else if (!there)
		v6_found_doubt(checker, STEP, "", "%s names %s, which is not there", hook->path,
			       hook->program);
	else if (access(hook->program, X_OK) < 0)
		v6_found_fault(
			checker, STEP, v6_line("chmod 755 %s", v6_command_word(hook->program)).s,
			"%s names %s, which can't be run: containers that it is for don't start",
			hook->path, hook->program);
}

static void check_hook_file(struct v6_checker *checker, const char *dir, const char *name,
			    struct sum *sum)
{
	struct hook hook = {.ours = false};
	struct v6_error err;
	const char *word;
	int ret;

	snprintf(hook.path, sizeof(hook.path), "%s/%s", dir, name);
	word = v6_command_word(hook.path);
	sum->files++;
	ret = read_hook(&hook, &err);
	if (ret == -EACCES) {
		v6_found_unseen(checker, STEP, "%s: %s", hook.path, err.text);
		return;
	}
	if (ret < 0) {
		sum->broken++;
		v6_found_fault(checker, STEP, v6_line("mv %s %s.off", word, word).s,
			       "%s: %s; until this is repaired, no container starts at all",
			       hook.path, err.text);
		return;
	}
	sum->starts |= hook.ours && hook.starts;
	sum->stops |= hook.ours && hook.stops;
	if (*hook.program)
		check_program(checker, &hook);
}

static int is_json(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0;
}

static void check_dir(struct v6_checker *checker, const char *dir, struct sum *sum)
{
	struct dirent **entries = NULL;
	int i, n = scandir(dir, &entries, is_json, alphasort);

	if (n < 0 && errno != ENOENT) {
		v6_found_unseen(checker, STEP, "%s: %s", dir, v6_strerror(errno));
		sum->unseen = true;
		return;
	}
	for (i = 0; i < n; i++) {
		if (i < FILES_MAX)
			check_hook_file(checker, dir, entries[i]->d_name, sum);
		free(entries[i]);
	}
	free(entries);
	if (sum->starts && sum->stops && sum->broken == 0)
		v6_found_good(checker, STEP, "%s: %zu file%s, ours among them", dir, sum->files,
			      sum->files == 1 ? "" : "s");
}

/* add_sums() - what all directories of an engine have together */
static struct sum add_sums(const struct dirs *dirs, const struct dirs *all)
{
	struct sum sum = {.files = 0};
	size_t i, j;

	for (i = 0; i < dirs->n; i++) {
		for (j = 0; j < all->n; j++) {
			if (strcmp(all->list[j], dirs->list[i]) != 0)
				continue;
			sum.unseen |= all->sums[j].unseen;
			sum.starts |= all->sums[j].starts;
			sum.stops |= all->sums[j].stops;
		}
	}
	return sum;
}

/* check_ours() - that an engine finds our hook in one of its directories; what was told of @told is
 * not told again
 */
static void check_ours(struct v6_checker *checker, const struct dirs *dirs, const struct dirs *all,
		       struct text *told)
{
	struct sum sum = add_sums(dirs, all);
	struct text text = format_dirs(dirs);

	if (dirs->n == 0 || sum.unseen || (sum.starts && sum.stops) || strcmp(text.s, told->s) == 0)
		return;
	*told = text;
	v6_found_fault(checker, STEP, "",
		       "%s has no hook of ours for the %s of containers; install " OUR_NAME
		       " again",
		       text.s, !sum.starts ? "start" : "end");
}

void v6_check_engines(struct v6_checker *checker)
{
	struct dirs own[V6_ARRAY_SIZE(engines)] = {{.n = 0}}, all = {.n = 0};
	struct text told = {""};
	char path[512];
	size_t i, j, n = 0;

	for (i = 0; i < V6_ARRAY_SIZE(engines); i++) {
		if (!find_program(engines[i].program, path, sizeof(path)))
			continue;
		find_dirs(&engines[i], &own[i]);
		report_engine(checker, &engines[i], path, &own[i]);
		for (j = 0; j < own[i].n; j++)
			add_dir(&all, own[i].list[j], strlen(own[i].list[j]));
		n++;
	}
	if (n == 0)
		v6_found_doubt(checker, "engine", "", "none is found in PATH");
	for (i = 0; i < all.n; i++)
		check_dir(checker, all.list[i], &all.sums[i]);
	for (i = 0; i < V6_ARRAY_SIZE(engines); i++)
		check_ours(checker, &own[i], &all, &told);
}
