#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian packages of the kit, in build/debian, from the builds in build/host and build/arm64. debhelper works in
# its source folder, so it gets a copy of what it reads there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root="$PWD"
packages="$root/build/debian"
rm -rf "$packages"
mkdir -p "$packages/source"
cp -a CMakeLists.txt CMakePresets.json debian "$packages/source/"
cd "$packages/source"
ISTHMUS_BUILD="$root/build" ISTHMUS_PACKAGES="$packages" dpkg-buildpackage -b -us -uc \
    --buildinfo-option=-u"$packages" --changes-option=-u"$packages" \
    --buildinfo-option=-O"$packages/isthmus.buildinfo" --changes-option=-O"$packages/isthmus.changes"
rm -rf "$packages/source"
