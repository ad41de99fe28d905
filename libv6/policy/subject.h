/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks for a claim, and which rules are about them. */
#ifndef V6_POLICY_SUBJECT_H
#define V6_POLICY_SUBJECT_H

#include "policy/config.h"

/**
 * struct v6_subject - Who asks
 * @state:	The container's state; borrowed
 * @uid:	Whose container it is: 0 where root's engine asks. What the state of anybody else's
 *		container says of itself is his word only
 * @replica:	It shares its claims with containers that ask for the same ones
 * @shares:	The address is held by somebody else's container: only rules with "shared" count
 */
struct v6_subject {
	const struct v6_state *state;
	uid_t uid;
	bool shares;
	bool replica;
};

/* v6_globs_match() - whether one of a list of globs matches; case matters in none of the names */
bool v6_globs_match(const struct v6_json *globs, const char *text);

/* v6_subject_is_pod() - whether it is a pod of Kubernetes, which may claim by a rule of its own
 * alone */
bool v6_subject_is_pod(const struct v6_subject *subject);

/* v6_subject_matches() - what a rule says of who asks; Kubernetes has to be meant in so many words
 */
bool v6_subject_matches(const struct v6_rule *rule, const struct v6_subject *subject);

#endif
