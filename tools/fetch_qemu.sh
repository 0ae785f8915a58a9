#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A QEMU whose SMMUv3 translates at stage 2 (9 or newer), for the tests of tests/system/test_smmu.py. Debian 12's own
# is 7.2; its backports have a newer one. That is unpacked, and not installed: build/packages/qemu/qemu-system-aarch64.
# When the installed one is new enough, or the mirror has no backports, there is no such file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/apt.sh

folder="$PWD/build/packages/qemu"
program=qemu-system-aarch64

major() { "$1" --version | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p'; }

# The line of a sources list: the mirror that this machine has its release from.
backports_source() {
    local codename mirror
    codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
    mirror="$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
        awk -v codename="$codename" '$2 == codename { print $1; exit }')"
    [ -n "$mirror" ] || return 1
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename-backports main"
}

# fetch WORK: the package, by lists of packages that are those of this call alone.
fetch() {
    local work="$1"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/new"
    backports_source >"$work/sources.list" || return 1
    local apt=(apt-get -q=2 -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=-
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Acquire::Languages=none
        -o APT::Architectures::="$(dpkg --print-architecture)" -o APT::Update::Error-Mode=any
        "${download_options[@]}")
    "${apt[@]}" update >"$work/log" 2>&1 || return 1
    (cd "$work" && "${apt[@]}" download qemu-system-arm >>"$work/log" 2>&1) || return 1
    dpkg-deb --fsys-tarfile "$work"/qemu-system-arm_*.deb | tar -x -C "$work/new" "./usr/bin/$program" || return 1
    [ "$(major "$work/new/usr/bin/$program")" -ge 9 ] # and it runs here
}

mkdir -p build/packages
exec 9>build/packages/lock-qemu
flock 9
if [ -e "$folder/$program" ] || [ "$(major "$program" || echo 0)" -ge 9 ]; then
    exit 0
fi
echo "fetching a newer QEMU from Debian's backports into build/packages" >&2
work="$(mktemp -d build/packages/download.XXXXXX)"
trap 'rm -rf "$work"' EXIT
work="$PWD/$work"
mkdir -p "$folder"
if fetch "$work"; then
    mv "$work/new/usr/bin/$program" "$folder/$program"
else
    echo "there is none here: tests of an SMMU's second stage will be skipped" >&2
    tail -n 3 "$work/log" >&2 || true
fi
