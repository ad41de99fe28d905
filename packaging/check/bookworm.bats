#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bookworm.bats - The life of the packages in a fresh root of the release in the file's name
#
#	make check-packages

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	suite=$(basename "$BATS_TEST_FILENAME" .bats)
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. packaging/check/root.bash
	version=$(sed -n 's/^VERSION = //p' Makefile)
}

setup_file() {
	load_lab
	lab_up
	root_up "$suite"
}

setup() {
	load_lab
}

# readme COMMAND [OPTION] - the line of the README that begins so, by root, where the packages are
readme() {
	local line

	line=$(sed -n "s|^ *sudo \($1.*\)|\1|p" README.md)
	[ -n "$line" ]
	root_traced bash -c "mkdir -p /tree && ln -sfn /packages /tree/build-dist && cd /tree && ${line/apt/apt -y ${2-}}"
}

hooks=/usr/share/containers/oci/hooks.d

@test "installed as the README has it, the program before what names it, and its one line answers" {
	readme "apt install ./build-dist/deb/"
	root_order "+ oci-v6-hook" "+ 99-oci-v6-bind.json"
	[ "$(in_root v6ctl --version)" = "v6ctl $version" ]
	root_web web3
	lab_until root_serves web3
	[[ "$(in_root v6ctl list)" == *"web3"*"active"* ]]
}

@test "an upgrade, while a container runs: it goes on, is seen, and is removed at its end" {
	root_install "/packages/next/deb/oci-v6-hook_$version.1-1_amd64.deb" \
		"/packages/next/deb/v6d_$version.1-1_amd64.deb"
	[ "$(in_root v6ctl --version)" = "v6ctl $version.1" ]
	root_serves web3
	[[ "$(in_root v6ctl list)" == *"web3"*"active"* ]]
	root_web web2
	lab_until root_serves web2
	in_root podman rm -f -t 0 web3 web2
	[ -z "$(ip -6 addr show to 2001:db8::200/120)" ]
}

@test "an administrator's configuration survives an upgrade and a removal" {
	in_root mkdir -p /etc/oci-v6
	echo '{"dad": "off"}' | in_root tee /etc/oci-v6/config.json
	readme "apt install ./build-dist/deb/" --allow-downgrades
	[ "$(in_root cat /etc/oci-v6/config.json)" = '{"dad": "off"}' ]
}

@test "a package that is cut short leaves no hook file that stops all containers" {
	head -c 40000 "build-dist/deb/oci-v6-hook_$version-1_amd64.deb" >build-dist/cut.deb
	run in_root dpkg -i /packages/cut.deb
	rm build-dist/cut.deb
	[ "$status" != 0 ]
	in_root podman run --rm localhost/web true
	in_root podman run --rm --annotation v6.host=web3 localhost/web true
	in_root dpkg --audit
}

@test "an upgrade whose last step fails leaves hooks that work, and the next one repairs it" {
	dpkg-deb -R "build-dist/next/deb/oci-v6-hook_$version.1-1_amd64.deb" /run/lab/broken
	sed -i '2i exit 1' /run/lab/broken/DEBIAN/postinst
	dpkg-deb -b /run/lab/broken build-dist/broken.deb
	run in_root dpkg -i /packages/broken.deb
	rm build-dist/broken.deb
	[ "$status" != 0 ]
	root_web web3
	lab_until root_serves web3
	in_root podman rm -f -t 0 web3
	in_root dpkg -i "/packages/next/deb/oci-v6-hook_$version.1-1_amd64.deb" \
		"/packages/next/deb/v6d_$version.1-1_amd64.deb"
	[ -z "$(in_root dpkg --audit)" ]
}

@test "a removal that is cut short, and called off, leaves hooks that work" {
	local prerm=/var/lib/dpkg/info/oci-v6-hook.prerm

	in_root dpkg -r v6d
	in_root sed -i 's/^\tpublished=/\tkill -KILL $PPID; exit 1\n&/' $prerm
	run in_root dpkg -r oci-v6-hook
	[ "$status" != 0 ]
	in_root sed -i '/kill -KILL/d' $prerm
	in_root test -e "$hooks/99-oci-v6-bind.json.removed"
	in_root dpkg --configure -a
	root_install "/packages/next/deb/oci-v6-hook_$version.1-1_amd64.deb" \
		"/packages/next/deb/v6d_$version.1-1_amd64.deb"
	[ "$(in_root ls -A $hooks)" = $'99-oci-v6-bind.json\n99-oci-v6-unbind.json' ]
	root_web web3
	lab_until root_serves web3
	in_root podman rm -f -t 0 web3
}

@test "a removal in a chroot leaves alone what the host has published" {
	local other=/run/lab/other package=oci-v6-hook_$version-1_amd64.deb

	root_web web3
	lab_until root_serves web3
	mkdir $other
	mount -t tmpfs lab $other
	mkdir $other/{upper,work,root}
	mount -t overlay -o "lowerdir=build-dist/roots/$suite,upperdir=$other/upper,workdir=$other/work" \
		lab $other/root
	mount -t proc proc $other/root/proc
	cp "build-dist/deb/$package" $other/root
	chroot $other/root dpkg -i "/$package"
	chroot $other/root dpkg -r oci-v6-hook
	root_serves web3
	in_root podman rm -f -t 0 web3
}

@test "removed, it says what is still published, and leaves the host clean; containers go on" {
	root_web web3
	lab_until root_serves web3
	in_root mkdir -p /etc/docker
	echo '{"runtimes": {"v6": {"path": "/usr/local/sbin/oci-v6-nvidia"}}}' |
		in_root tee /etc/docker/daemon.json
	in_root mkdir -p /var/lib/lxc/web2
	echo 'lxc.hook.start-host = /usr/sbin/v6ctl lxc-hook web2' | in_root tee /var/lib/lxc/web2/config
	run -0 root_traced apt-get remove -y -q v6d oci-v6-hook
	echo "$output"
	root_order "+ 99-oci-v6-bind.json.removed" "- oci-v6-hook"
	[[ "$output" == *"are removed now"*"/etc/docker/daemon.json"*"/var/lib/lxc/web2/config"* ]]
	[[ "$output" == *"still published, and taken away now"* ]]
	[[ "$output" == *"web3"*"2001:db8::203"*"80"* ]]
	[[ "$output" == *"stay until it is booted"*"sysctl -w net.ipv6.conf.podman0.ndisc_notify=0"* ]]
	[ -z "$(root_left)" ]
	[ "$(in_root podman exec web3 hostname)" = web3 ]
	in_root podman rm -f -t 0 web3
	in_root podman run --rm --annotation v6.host=web3 localhost/web true
	[ -z "$(in_root find $hooks /usr/libexec/oci /run -name '*oci-v6*')" ]
	[ "$(in_root cat /etc/oci-v6/config.json)" = '{"dad": "off"}' ]
}

@test "purged as the README has it, nothing is left of it" {
	readme "apt purge"
	[ -z "$(in_root find / -xdev -name '*oci-v6*' ! -path '/packages/*' ! -path '/proc/*')" ]
	[ -z "$(in_root find / -xdev \( -name 'v6ctl*' -o -name 'v6d*' \) ! -path '/packages/*' ! -path '/proc/*')" ]
}
