#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# complete.bats - What bash, zsh and fish offer when one presses Tab behind v6ctl
#
#	tests/lab/run bats tests/ctl/complete.bats

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_bind a v6.host=web3
}

setup() {
	cd /run/lab || return
}

# What each shell offers for a line, one word a line, sorted
offers_bash() {
	bash --norc -c '
		. /usr/share/bash-completion/completions/v6ctl
		compopt() { :; } # it works in the middle of a completion only
		read -ra COMP_WORDS <<<"$1"
		[[ $1 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_v6ctl
		printf "%s\n" "${COMPREPLY[@]}"' - "$1" | sort -u
}

offers_fish() {
	fish -c 'complete -C "$argv"' "$1" | cut -f 1 | sort -u
}

# zsh completes in a terminal only, so it gets one; compadd is what is told each word
offers_zsh() {
	cat >/run/lab/zshrc <<-'ZSHRC'
		fpath+=(/usr/share/zsh/site-functions)
		autoload -U compinit
		compinit -D -u
		compadd() {
			local -a found
			builtin compadd -O found "$@"
			print -rl -- $found >>/run/lab/zsh.found
			builtin compadd "$@"
		}
		complete_and_leave() {
			zle complete-word
			print end >>/run/lab/zsh.found
			exit
		}
		zle -N complete_and_leave
		bindkey '^X' complete_and_leave
		print >/run/lab/zsh.ready
	ZSHRC
	zsh -f -c '
		zmodload zsh/zpty
		zpty shell "zsh -f -i"
		zpty -w shell ". /run/lab/zshrc"
		while [[ ! -e /run/lab/zsh.ready ]]; do sleep 0.02; done
		zpty -n -w shell "$1"$(printf "\\x18")
		while ! grep -qs "^end" /run/lab/zsh.found; do sleep 0.02; done
		zpty -d shell' - "$1" &&
		grep -v '^end$' /run/lab/zsh.found | grep . | sort -u
	rm -f /run/lab/zsh.found /run/lab/zsh.ready
}

# offered SHELL LINE WORD... - these, and nothing else
offered() {
	local shell=$1 line=$2

	shift 2
	diff <(timeout "$LAB_PATIENCE" bash -c "$(declare -f "offers_$shell"); offers_$shell \"\$1\"" - "$line") \
		<(printf '%s\n' "$@" | sort -u)
}

each() {
	local shell=$1 commands

	mapfile -t commands < <(v6ctl --complete-table | awk '/^command/ { print $2 }')
	offered "$shell" "v6ctl " "${commands[@]}"
	offered "$shell" "v6ctl re" reconcile resolve
	offered "$shell" "v6ctl list --" --json --tsv --watch --help
	offered "$shell" "v6ctl list --j" --json
	offered "$shell" "v6ctl show " web3 "$(box_id a | cut -c 1-12)"
	offered "$shell" "v6ctl show --json we" web3
	offered "$shell" "v6ctl unbind " "$(box_id a)"
	offered "$shell" "v6ctl resolve --engine p" podman
	offered "$shell" "v6ctl bind --interface et" eth0
	offered "$shell" "v6ctl bind -n cli" client
}

@test "bash" {
	each bash
}

@test "an id that is a command is none" {
	v6ctl bind --pid "$(box_pid a)" --host 2001:db8::99 --id 'x$(id>pwned)'
	for shell in bash fish zsh; do
		"offers_$shell" "v6ctl unbind " >/dev/null
		"offers_$shell" "v6ctl unbind x" >/dev/null
	done
	v6ctl unbind 'x$(id>pwned)'
	[ -z "$(find . -name 'pwned*')" ]
}

@test "fish" {
	each fish
}

@test "zsh" {
	each zsh
}
