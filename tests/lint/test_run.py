# SPDX-License-Identifier: Apache-2.0
"""./run's own parts: its summary must not call a run good that was not."""
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


def test_a_failure_is_told(tmp_path):
    assert summary(tmp_path, PASSED, FAILED) == (1, "1 passed, 1 failed")


def test_a_missing_program_is_a_failure(tmp_path):
    assert summary(tmp_path, PASSED, ABSENT) == (1, "1 passed, 1 failed")


def test_a_failed_build_is_a_failure(tmp_path):
    assert summary(tmp_path, PASSED, failed_build="build of preset host") == (1, "1 passed, 1 failed")


def test_nothing_run_is_a_failure(tmp_path):
    assert summary(tmp_path, SKIPPED) == (1, "0 passed, 0 failed")


def test_unknown_command_and_label_are_refused():
    for arguments in (["fly"], ["test", "no-such-label"]):
        result = subprocess.run([repository.ROOT / "run", *arguments], capture_output=True, text=True)
        assert result.returncode == 64


def test_scripts_parse():
    for path in [path for path in repository.sources() if path.name == "run" or path.suffix == ".sh"]:
        subprocess.run(["bash", "-n", repository.ROOT / path], check=True)
