# SPDX-License-Identifier: Apache-2.0
"""./run's own parts: its summary must not call a run good that was not."""
import re
import subprocess

import repository

SUMMARY = repository.ROOT / "tools" / "test_summary.py"
PASSED = '<testcase name="a" status="run"/>'
FAILED = '<testcase name="b" status="fail"><failure message=""/></testcase>'
ABSENT = '<testcase name="c" status="notrun"><skipped message="Unable to find executable: c"/></testcase>'
SKIPPED = '<testcase name="d" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'


def summary(folder, *cases, failed_build=None):
    (folder / "unit.xml").write_text(f"<testsuite>{''.join(cases)}</testsuite>")
    if failed_build:
        (folder / "failed-builds").write_text(failed_build + "\n")
    result = subprocess.run(["/usr/bin/python3", SUMMARY, folder], capture_output=True, text=True)
    return result.returncode, result.stdout.splitlines()[-1]


def test_all_passed(tmp_path):
    assert summary(tmp_path, PASSED, SKIPPED) == (0, "1 passed, 0 failed")


def test_tests_of_a_suite_are_counted(tmp_path):
    suite = '<testcase name="unit.x" status="run"><system-out>12 passed, 0 failed\n</system-out></testcase>'
    assert summary(tmp_path, PASSED, suite) == (0, "13 passed, 0 failed")


def test_a_failure_is_told(tmp_path):
    assert summary(tmp_path, PASSED, FAILED) == (1, "1 passed, 1 failed")


def test_the_summary_shows_why_a_test_failed(tmp_path):
    lines = "\n".join(f"console {number}" for number in range(500))
    output = f"<system-out>tests/a.py\nE   the reason\n{lines}</system-out>"
    (tmp_path / "system.xml").write_text(f"<testsuite>{FAILED.replace('</testcase>', output + '</testcase>')}</testsuite>")
    shown = subprocess.run(["/usr/bin/python3", SUMMARY, tmp_path], capture_output=True, text=True).stdout.splitlines()
    assert shown[0] == "--- the end of what system: b printed ---"
    assert "E   the reason" in shown and "console 499" in shown and "console 3" not in shown


def test_a_missing_program_is_a_failure(tmp_path):
    assert summary(tmp_path, PASSED, ABSENT) == (1, "1 passed, 1 failed")


def test_a_failed_build_is_a_failure(tmp_path):
    assert summary(tmp_path, PASSED, failed_build="build of preset host") == (1, "1 passed, 1 failed")


def test_nothing_run_is_a_failure(tmp_path):
    assert summary(tmp_path, SKIPPED) == (1, "0 passed, 0 failed")


def test_a_label_without_tests_is_told(tmp_path):
    def brief(text):
        (tmp_path / "fuzz.xml").write_text(text)
        command = ["/usr/bin/python3", SUMMARY, "--brief", tmp_path / "fuzz.xml", "3"]
        return subprocess.run(command, capture_output=True).returncode

    assert brief("<testsuite/>") == 1
    assert brief(f"<testsuite>{SKIPPED}</testsuite>") == 1
    assert brief(f"<testsuite>{FAILED}</testsuite>") == 0


def fake_apt(folder, installed):
    """A PATH in which dpkg-query knows `installed` and apt-get writes down what it was asked."""
    words = "".join(f"installed:{name} " for name in installed)
    programs = {"dpkg-query": f'echo "{words}"', "apt-get": f'[[ "$*" == *assume-no* ]] || echo "$*" >>{folder}/calls',
                "id": "echo 0"}
    for name, body in programs.items():
        program = folder / name
        program.write_text(f"#!/bin/bash\n{body}\n")
        program.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def need_packages(folder, installed, *names):
    command = f'cd {folder}; source {repository.ROOT}/tools/apt.sh; need_packages {" ".join(names)}'
    subprocess.run(["bash", "-euc", command], check=True, capture_output=True,
                   env={"PATH": fake_apt(folder, installed)})
    calls = folder / "calls"
    return calls.read_text().splitlines() if calls.exists() else []


def test_nothing_is_asked_of_apt_when_all_is_there(tmp_path):
    assert need_packages(tmp_path, ["cmake", "g++"], "cmake", "g++") == []


def test_only_what_is_missing_is_installed_after_an_update(tmp_path):
    update, install = need_packages(tmp_path, ["cmake"], "cmake", "g++", "g++")
    assert update.startswith("update")
    assert install.startswith("install") and install.endswith(" g++") and "cmake" not in install
    assert install.count("g++") == 1


def with_progress(folder, command, interval="0.2"):
    script = f'source {repository.ROOT}/tools/progress.sh; progress_interval={interval}; with_progress {folder}/log {command}'
    return subprocess.run(["bash", "-uc", script], capture_output=True, text=True, timeout=60)


def test_what_lasts_shows_how_far_it_has_come(tmp_path):
    (tmp_path / "build").write_text("echo '[1/3] a'; sleep 1; echo '[2/3] b'; echo 2/3 is no line of a test; sleep 1; exit 3")
    result = with_progress(tmp_path, f"bash {tmp_path}/build")
    assert result.returncode == 3
    assert "[1/3]" in result.stdout and "." in result.stdout
    assert result.stdout.count("[2/3]") == 1
    assert (tmp_path / "log").read_text().startswith("[1/3] a")


def test_tests_are_counted_as_builds_are(tmp_path):
    (tmp_path / "tests").write_text("echo '      Start 7: x'; echo ' 12/353 Test  #7: x .... Passed'; sleep 1")
    assert "[12/353]" in with_progress(tmp_path, f"bash {tmp_path}/tests").stdout


def test_what_is_short_shows_nothing(tmp_path):
    result = with_progress(tmp_path, "true", interval="5")
    assert (result.returncode, result.stdout) == (0, "")


def test_unknown_command_and_label_are_refused():
    for arguments in (["fly"], ["test", "no-such-label"]):
        result = subprocess.run([repository.ROOT / "run", *arguments], capture_output=True, text=True)
        assert result.returncode == 64


def test_a_wrong_demo_or_board_is_refused_before_anything_is_built(tmp_path):
    """Nothing is installed and nothing built: apt-get and cmake would write down that they were called."""
    path = fake_apt(tmp_path, [])
    (tmp_path / "cmake").write_text(f"#!/bin/bash\necho cmake >>{tmp_path}/calls\n")
    (tmp_path / "cmake").chmod(0o755)
    for arguments, meant in ((["lnux"], 'no demo "lnux": did you mean "linux"?'),
                             (["shell", "--board", "xlnx-zuc102"], 'no board "xlnx-zuc102": did you mean "xlnx-zcu102"?')):
        result = subprocess.run([repository.ROOT / "run", "demo", *arguments], capture_output=True, text=True,
                                env={"PATH": path})
        assert result.returncode == 64 and meant in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "calls").exists()


def test_a_moved_clone_is_built_anew(tmp_path):
    """CMake itself refuses a build folder whose sources have another name."""
    cache = tmp_path / "build" / "host" / "CMakeCache.txt"
    functions = re.search(r"^forget_if_moved\(\) \{.*?^\}", repository.read("run"), re.MULTILINE | re.DOTALL)[0]

    def forget(home):
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={home}\n")
        done = subprocess.run(["bash", "-euc", f"{functions}; forget_if_moved host"], cwd=tmp_path, check=True,
                              capture_output=True, text=True)
        return done.stdout

    assert forget(tmp_path) == "" and forget(tmp_path / "tests") == "" and cache.exists()
    assert forget("/elsewhere") == "build/host was made in /elsewhere: it is made anew\n"
    assert not cache.parent.exists()
    subprocess.run(["bash", "-euc", f"{functions}; forget_if_moved arm64"], cwd=tmp_path, check=True)


def test_no_network_is_one_sentence(tmp_path):
    path = fake_apt(tmp_path, [])
    (tmp_path / "apt-get").write_text("#!/bin/bash\n[[ \"$*\" != *install* ]] || {\n"
                                      "echo 'Temporary failure resolving deb.example'; exit 100; }\n")
    command = f"cd {tmp_path}; source {repository.ROOT}/tools/apt.sh; need_packages cmake"
    done = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, env={"PATH": path})
    assert done.returncode != 0
    assert done.stderr.count("Debian's mirror cannot be reached") == 1 and "installing: cmake" in done.stderr


def test_what_will_be_downloaded_is_said_before(tmp_path):
    path = fake_apt(tmp_path, [])
    (tmp_path / "apt-get").write_text("#!/bin/bash\n[[ \"$*\" != *assume-no* ]] || {\n"
                                      "echo 'Need to get 52.3 MB of archives.'\n"
                                      "echo 'After this operation, 210 MB of additional disk space will be used.'; exit 1; }\n")
    command = f"cd {tmp_path}; source {repository.ROOT}/tools/apt.sh; need_packages cmake"
    done = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, env={"PATH": path}, check=True)
    assert "Need to get 52.3 MB of archives. After this operation, 210 MB" in done.stderr


def test_scripts_parse():
    for path in [path for path in repository.sources() if path.name == "run" or path.suffix == ".sh"]:
        subprocess.run(["bash", "-n", repository.ROOT / path], check=True)
