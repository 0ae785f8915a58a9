#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches Debian packages of architecture arm64 and unpacks them into build/packages/arm64. Nothing
# is installed. A package that is there already is reused, so the second call costs nothing.
#
#   tools/fetch_packages.sh libfdt-dev busybox-static linux-image-cloud-arm64
#
# Prints the folder. Stable names beside it, for those who need one file:
#   build/packages/busybox        a static busybox           (busybox-static)
#   build/packages/linux/Image    a raw arm64 kernel Image   (linux-image-cloud-arm64)
#   build/packages/linux-6.12/Image                          (linux-image-6.12-cloud-arm64)
#   build/packages/boards         the device trees of boards (linux-image-arm64)
#   build/packages/linux-generic/Image                       (linux-image-arm64)
#   build/packages/linux-6.12-generic/Image                  (linux-image-6.12-arm64)
#   build/packages/linux-rt/Image                            (linux-image-rt-arm64)
#   build/packages/installer/Image, initrd.gz                (debian-installer-12-netboot-arm64)
#   build/packages/arm64/boot/xen-4.17-arm64                 (xen-hypervisor-4.17-arm64)
# build/packages/stamps/NAME holds the exact name; a kernel's modules lie in lib/modules/VERSION.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/apt.sh

packages="$PWD/build/packages"
root="$packages/arm64"
stamps="$packages/stamps"

# The metapackage of a kernel holds nothing; its dependency names the kernel of the day.
exact_package() {
    case "$1" in
        linux-image-arm64 | linux-image-cloud-arm64 | linux-image-rt-arm64 | linux-image-6.12-*arm64)
            apt-cache depends "$1:arm64" |
                sed -n 's/^ *Depends: \(linux-image-[0-9][^:]*\).*$/\1/p' | head -n 1
            ;;
        *) echo "$1" ;;
    esac
}

installer=usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64

# unpack NAME FILE: all of it, but of the kernels for all machines only the kernel (and the device trees
# of boards, once), 30 MB instead of half a gigabyte, and of the installer its text form.
unpack() {
    local parts=()
    case "$1" in
        linux-image-arm64) parts=('./boot/vmlinuz-*' './usr/lib/linux-image-*') ;;
        linux-image-rt-arm64 | linux-image-6.12-arm64) parts=('./boot/vmlinuz-*') ;;
        debian-installer-*) parts=("./$installer/linux" "./$installer/initrd.gz") ;;
        *)
            dpkg-deb -x "$2" "$root"
            return
            ;;
    esac
    dpkg-deb --fsys-tarfile "$2" | tar -x -C "$root" --wildcards "${parts[@]}"
}

# download FOLDER PACKAGE...: all by one call of apt-get, whose start costs more than a small package.
download() {
    local folder="$1" package packages=()
    for package in "${@:2}"; do
        # The installer is of no architecture, as apt sees it.
        [[ "$package" == debian-installer-* ]] && packages+=("$package") || packages+=("$package:arm64")
    done
    local command=(apt-get download -q=2 "${packages[@]}" "${download_options[@]}")
    (cd "$folder" && "${command[@]}" 2>/dev/null) || {
        apt_update
        (cd "$folder" && "${command[@]}" 2>apt.log) || {
            cat "$folder/apt.log" >&2
            without_network "$folder/apt.log"
            return 1
        }
    }
}

# copy_kernel FOLDER VMLINUZ: some kernel packages hold a gzip file under that name, some the Image.
copy_kernel() {
    local target="$packages/$1"
    mkdir -p "$target"
    if [ "$(head -c 2 "$2" | od -An -tx1 | tr -d ' ')" = 1f8b ]; then
        gzip -dc "$2" >"$target/Image.new"
    else
        cp "$2" "$target/Image.new"
    fi
    mv "$target/Image.new" "$target/Image"
}

# install_stable_name NAME PACKAGE
install_stable_name() {
    local kernel="$root/boot/vmlinuz-${2#linux-image-}"
    case "$1" in
        busybox-static) ln -sfn arm64/bin/busybox "$packages/busybox" ;;
        linux-image-cloud-arm64) copy_kernel linux "$kernel" ;;
        linux-image-6.12-cloud-arm64) copy_kernel linux-6.12 "$kernel" ;;
        linux-image-6.12-arm64) copy_kernel linux-6.12-generic "$kernel" ;;
        linux-image-rt-arm64) copy_kernel linux-rt "$kernel" ;;
        linux-image-arm64)
            copy_kernel linux-generic "$kernel"
            ln -sfn "arm64/usr/lib/$2" "$packages/boards"
            ;;
        debian-installer-*)
            copy_kernel installer "$root/$installer/linux"
            ln -sfn "../arm64/$installer/initrd.gz" "$packages/installer/initrd.gz"
            ;;
    esac
}

# A folder that a former version of this script filled may lack what was added since.
is_complete() {
    case "$1" in
        linux-image-arm64) [ -e "$packages/linux-generic/Image" ] ;;
    esac
}

mkdir -p "$root" "$stamps"
exec 9>"$packages/lock"
flock 9 # two calls at once: the second waits, then finds everything there
missing=() # names, and beside them the packages that they stand for today
exact=()
for name in "$@"; do
    if [ -e "$stamps/$name" ] && is_complete "$name"; then
        continue
    fi
    need_foreign_architecture arm64
    package="$(exact_package "$name")"
    if [ -z "$package" ]; then
        apt_update
        package="$(exact_package "$name")"
    fi
    missing+=("$name")
    exact+=("${package:-$name}")
done
if [ ${#missing[@]} -gt 0 ]; then
    size="$(apt-cache show --no-all-versions "${exact[@]/%/:arm64}" 2>/dev/null |
        awk '/^Size: / { sum += $2 } END { if (sum) printf ", %.0f MB to download", sum / 1e6 }')" || true
    echo "fetching ${exact[*]} (arm64) into build/packages$size" >&2
    folder="$(mktemp -d "$packages/download.XXXXXX")"
    trap 'rm -rf "$folder"' EXIT
    chmod 755 "$folder"
    download "$folder" "${exact[@]}"
    for index in "${!missing[@]}"; do
        name="${missing[index]}"
        unpack "$name" "$folder/${exact[index]}"_*.deb
        install_stable_name "$name" "${exact[index]}"
        echo "${exact[index]}" >"$stamps/$name"
    done
fi
echo "$root"
