/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tell whether a rule is about who asks. */
#include <fnmatch.h>

#include "policy/groups.h"
#include "policy/subject.h"

bool v6_globs_match(const struct v6_json *globs, const char *text)
{
	size_t i;

	for (i = 0; i < v6_json_size(globs); i++)
		if (fnmatch(v6_json_text(v6_json_member(globs, i)), text, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

bool v6_subject_is_pod(const struct v6_subject *subject)
{
	return subject->state->engine == V6_ENGINE_CRIO ||
	       subject->state->engine == V6_ENGINE_CONTAINERD;
}

/* user_matches() - users other than root have to be meant in so many words: their containers may
 * say anything of themselves
 */
static bool user_matches(const struct v6_rule *rule, uid_t uid)
{
	size_t i;

	for (i = 0; i < rule->n_users; i++)
		if (rule->users[i] == uid)
			return true;
	if (rule->n_groups > 0)
		return v6_user_is_member(uid, rule->groups, rule->n_groups);
	return rule->n_users == 0 && uid == 0;
}

/* pod_matches() - what a rule says of pods; who is in none has no names, and matches no glob */
static bool pod_matches(const struct v6_rule *rule, const struct v6_state *state)
{
	if (rule->namespaces &&
	    !(*state->pod_namespace && v6_globs_match(rule->namespaces, state->pod_namespace)))
		return false;
	return !rule->pods || (*state->pod && v6_globs_match(rule->pods, state->pod));
}

bool v6_subject_matches(const struct v6_rule *rule, const struct v6_subject *subject)
{
	const struct v6_state *state = subject->state;

	if (v6_subject_is_pod(subject) && !rule->engines && !rule->namespaces)
		return false;
	if (rule->engines && !(rule->engines & (1U << state->engine)))
		return false;
	if (!pod_matches(rule, state))
		return false;
	if ((subject->shares && !rule->shared) || (subject->replica && rule->alone))
		return false;
	return user_matches(rule, subject->uid);
}
