# SPDX-License-Identifier: Apache-2.0
"""The manual page and the completion know every command and option that the program knows."""
import re
import subprocess

from conftest import PROGRAM, ROOT, isthmus

MANUAL = (ROOT / "docs" / "isthmus.1").read_text().replace("\\-", "-")
COMPLETION = ROOT / "tools" / "completion.bash"


def commands():
    return sorted(set(re.findall(r"isthmus ([a-z]+) ", isthmus("--help").stdout)))


def options(command):
    return set(re.findall(r"^  (--?[a-z]+)", isthmus(command, "--help").stdout, re.MULTILINE))


def complete(*words):
    line = " ".join(f"'{word}'" for word in words)
    script = (f"source '{COMPLETION}'; compopt() {{ :; }}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
              "_isthmus; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert not done.stderr
    return set(done.stdout.split())


def test_the_manual_has_every_command_and_option():
    assert len(commands()) >= 4
    for command in commands():
        assert f".B {command}\n" in MANUAL and f".B isthmus {command}\n" in MANUAL, command
        for option in options(command):
            assert re.search(rf"^\.(B|BI|BR) {option}\b", MANUAL, re.MULTILINE), f"{command} {option}"


def test_completion():
    assert set(commands()) <= complete("isthmus", "")
    assert complete("isthmus", "ch") == {"check"}
    for command in commands():
        assert options(command) | {"--help"} == complete("isthmus", command, "-"), command
    assert complete(str(PROGRAM), "explain", "shm-al") == {"shm-align", "shm-alias"}
    assert complete("isthmus", "plan", "--js") == {"--json"}
    assert complete("isthmus", "plan", "--domain", "a") == set()


def test_the_version_is_that_of_the_build():
    version = re.search(r"^project\(isthmus VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
    assert isthmus("--version").stdout == isthmus("version").stdout == f"isthmus {version}\n"
    assert "check takes no --version" in isthmus("check", "a.dtb", "--version", status=64).stderr
    assert "--version" in complete("isthmus", "--v")
