# SPDX-License-Identifier: Apache-2.0
# Sourced by run: which builds a test label needs, and how CTest runs it. Every step leaves a JUnit
# file in build/results; tools/test_summary.py counts them. A build that fails and a label of which no
# test ran count as one failed test each, so that what did not run cannot look like a success.

results=build/results
all_labels=(unit property concurrent fuzz corpus tool lint system conformance bench)

wants() { [[ " ${labels[*]} " == *" $1 "* ]]; }
wants_any() {
    local label
    for label in "$@"; do
        ! wants "$label" || return 0
    done
    return 1
}

# test_build PRESET [TARGET...]
test_build() {
    build "$@" || echo "build of preset $1, see build/logs/build-$1.log" >>"$results/failed-builds"
}

# test_configure NAME CMAKE_ARGUMENTS...
test_configure() {
    local log="$logs/build-$1.log"
    forget_if_moved "$1"
    cmake "${@:2}" >"$log" 2>&1 || echo "configuring $1, see $log" >>"$results/failed-builds"
}

# test_run NAME BUILD_DIR CTEST_ARGUMENTS...
test_run() {
    local name="$1" folder="$2" started=$SECONDS
    shift 2
    printf 'test  %-12s' "$name"
    with_progress "$logs/test-$name.log" ctest --test-dir "$folder" \
        --output-junit "$PWD/$results/$name.xml" --output-on-failure --timeout 600 "$@" </dev/null || true
    "$python" tools/test_summary.py --brief "$results/$name.xml" "$((SECONDS - started))" ||
        echo "no test of label $name ran, see $logs/test-$name.log" >>"$results/failed-builds"
}

# The programs with tests named Concurrent...: only those are built for ThreadSanitizer.
concurrent_targets() {
    grep -lr 'Concurrent' tests/unit --include='*.cpp' 2>/dev/null |
        sed -n 's|^tests/unit/\([a-z0-9]*\)/.*|\1_test|p' | sort -u
}

need_test() {
    need_build "${packages_clang[@]}" "${packages_unit[@]}" "${packages_lint[@]}" "${packages_qemu[@]}" \
        "${packages_system[@]}" "${packages_disk[@]}" "${packages_debian[@]}"
    ! wants tool || need_packages "${packages_browser[@]}" # that isthmus report shows
    ! wants_any corpus system || tools/fetch_packages.sh linux-image-arm64 >/dev/null # trees of boards
    ! wants_any system bench || tools/fetch_packages.sh busybox-static linux-image-cloud-arm64 \
        linux-image-6.12-cloud-arm64 >/dev/null
    ! wants_any conformance bench || tools/fetch_packages.sh busybox-static linux-image-cloud-arm64 \
        xen-hypervisor-4.17-arm64 >/dev/null
    ! wants system || tools/fetch_packages.sh linux-image-arm64 linux-image-6.12-arm64 \
        linux-image-rt-arm64 debian-installer-12-netboot-arm64 "${packages_load[@]}" "${packages_gpio[@]}" >/dev/null
    ! wants system || tools/fetch_qemu.sh
}

run_test() {
    labels=("$@")
    [ $# -gt 0 ] || labels=("${all_labels[@]}")
    local label
    for label in "${labels[@]}"; do
        [[ " ${all_labels[*]} " == *" $label "* ]] || {
            echo "there is no label \"$label\"; there are: ${all_labels[*]}" >&2
            exit 64
        }
    done
    need_test
    rm -rf "$results"
    mkdir -p "$results" "$logs"
    test_builds
    test_runs
    "$python" tools/test_summary.py "$results"
}

test_builds() {
    ! wants_any corpus tool system conformance bench lint || test_build arm64
    ! wants_any corpus lint system || test_build arm64-clang
    ! wants_any corpus tool system bench || test_build host
    if wants_any unit property; then
        test_build host-test
    else
        ! wants lint || test_configure host-test --preset host-test # its compile commands
        ! wants corpus || test_build host-test fdt_test shm_test dom0less_test dom0less_property # their trees
    fi
    local concurrent
    mapfile -t concurrent < <(concurrent_targets)
    if wants concurrent && [ ${#concurrent[@]} -gt 0 ]; then
        test_build host-tsan "${concurrent[@]}"
    fi
    ! wants_any fuzz corpus || test_build host-fuzz
    if wants_any property corpus tool lint system conformance bench; then
        test_configure system -S tests -B build/system -G Ninja
    fi
}

test_runs() {
    ! wants unit || test_run unit build/host-test -L '^unit$' -j 2
    ! wants property || test_run property build/host-test -L '^property$' -j 2
    ! wants property || test_run mutants build/system -L '^property$' -j 2
    ! wants concurrent || test_run concurrent build/host-tsan -R Concurrent
    ! wants fuzz || test_run fuzz build/host-fuzz -L '^fuzz$' -j 2
    ! wants corpus || test_run corpus build/system -L '^corpus$'
    ! wants tool || test_run tool build/system -L '^tool$' -j 2
    ! wants lint || test_run lint build/system -L '^lint$' -j 2
    ! wants system || test_run system build/system -L '^system$' -j 2
    ! wants conformance || test_run conformance build/system -L '^conformance$'
    ! wants bench || test_run bench build/system -L '^bench$'
}
