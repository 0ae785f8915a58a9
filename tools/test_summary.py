#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the JUnit files that CTest left.

test_summary.py FOLDER            summary of a whole run: the end of what each failed test printed,
                                  their names, and last "N passed, N failed". Exit status 1 when
                                  something failed or when no test ran.
test_summary.py --brief FILE S    one line about one file, after S seconds. Exit status 1 when it
                                  tells of no test at all.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


SHOWN_TESTS = 8  # of those that failed, so that a broken build stays readable
SHOWN_LINES = 60
SUITE = re.compile(r"(\d+) passed, \d+ failed\Z")  # a suite of unit tests (tests/unit/support/each_alone.cpp)
REASON = re.compile(r"E  |>  |.*: Failure$|.*(ERROR: AddressSanitizer|runtime error:)")  # pytest, GoogleTest, sanitizers


class Counts:
    def __init__(self):
        self.passed = []
        self.failed = []
        self.skipped = []
        self.outputs = {}  # of failed tests

    def add_file(self, path):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name = f"{path.stem}: {case.get('name')}"
            skip = case.find("skipped")
            if case.get("status") == "run" and case.find("failure") is None:
                suite = SUITE.search((case.findtext("system-out") or "").rstrip())
                self.passed += [name] * (int(suite.group(1)) if suite else 1)
            elif skip is not None and skip.get("message", "").startswith(("SKIP_", "Disabled")):
                self.skipped.append(name)
            else:  # failed, timed out, or a program that is not there
                self.failed.append(name)
                self.outputs[name] = case.findtext("system-out") or ""
        return self


def brief(path, seconds):
    counts = Counts()
    if path.exists():
        counts.add_file(path)
    line = f" {len(counts.passed)} passed, {len(counts.failed)} failed"
    if counts.skipped:
        line += f", {len(counts.skipped)} skipped"
    print(f"{line} ({seconds} s)")
    return 0 if counts.passed or counts.failed else 1


def whole(folder):
    counts = Counts()
    for path in sorted(folder.glob("*.xml")):
        counts.add_file(path)
    builds = folder / "failed-builds"
    if builds.exists():
        counts.failed += builds.read_text().splitlines()
    for name, output in list(counts.outputs.items())[:SHOWN_TESTS]:
        print(f"--- the end of what {name} printed ---")
        lines = output.splitlines()
        reasons = [line for line in lines[:-SHOWN_LINES] if REASON.match(line)]
        print("\n".join(reasons[:SHOWN_LINES] + lines[-SHOWN_LINES:]))
    for name in counts.skipped:
        print(f"skipped {name}")
    for name in counts.failed:
        print(f"FAILED  {name}")
    if counts.failed:
        print("the whole output of failed tests is in build/logs/test-*.log")
    if not counts.passed and not counts.failed:
        print("no test ran")
    print(f"{len(counts.passed)} passed, {len(counts.failed)} failed")
    return 0 if counts.passed and not counts.failed else 1


def main():
    if sys.argv[1] == "--brief":
        return brief(pathlib.Path(sys.argv[2]), sys.argv[3])
    return whole(pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
