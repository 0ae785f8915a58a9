#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The traceability matrix of docs/safety: which hazard is answered by which requirement, and what shows it.

    tools/safety.py             the matrix, as Markdown
    tools/safety.py --check     what is wrong with it, a line each; exit status 1 when anything is
"""
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "safety"
HAZARD = re.compile(r"^\| (H\d+) \| (.*) \|$", re.MULTILINE)
RULE = re.compile(r'Rule\s+\w+\s*\{\s*"([a-z0-9-]+)"')
ID = re.compile(r"[A-Z]+-[0-9]+")
ROOMS = ("core", "arch", "dom0less", "shm", "mm", "fdt")


def hazards():
    return dict(HAZARD.findall((PAGES / "README.md").read_text()))


def requirements():
    return tomllib.loads((PAGES / "requirements.toml").read_text())["requirement"]


def known_rules():
    sources = (path for room in ROOMS for path in (ROOT / room).rglob("*.[ch]pp"))
    return {rule for path in sources for rule in RULE.findall(path.read_text())}


def is_there(test):
    """FILE, FILE::test_name or FILE::Suite.Name."""
    file, _, name = test.partition("::")
    path = ROOT / file
    if not path.is_file():
        return False
    text = path.read_text()
    if "." in name:
        suite, case = name.split(".")
        return re.search(rf"^TEST(_F|_P)?\(\s*{suite},\s*{case}\)", text, re.MULTILINE) is not None
    return not name or re.search(rf"^def {name}\(", text, re.MULTILINE) is not None


def mistakes(required, known_hazards, rules):
    """Of a list of requirements; empty when it is whole."""
    found = []
    seen = set()
    for one in required:
        name = one.get("id", "?")
        say = lambda what, name=name: found.append(f"{name}: {what}")  # noqa: E731
        if not ID.fullmatch(name) or name in seen:
            say("an id is WORD-NUMBER, and there once")
        seen.add(name)
        for key in ("text", "hazards", "code", "tests"):
            if not one.get(key):
                say(f"has no {key}")
        found += [f"{name}: there is no key {key}" for key in one.keys() - {"id", "text", "hazards", "rules", "code", "tests"}]
        found += [f"{name}: there is no hazard {hazard}" for hazard in one.get("hazards", []) if hazard not in known_hazards]
        found += [f"{name}: there is no rule {rule}" for rule in one.get("rules", []) if rule not in rules]
        found += [f"{name}: there is no {path}" for path in one.get("code", []) if not (ROOT / path).is_file()]
        found += [f"{name}: there is no test {test}" for test in one.get("tests", []) if not is_there(test)]
    answered = {hazard for one in required for hazard in one.get("hazards", [])}
    return found + [f"{hazard}: no requirement answers it" for hazard in known_hazards if hazard not in answered]


def matrix(required, known_hazards):
    lines = ["# Hazards and requirements", "", "| hazard | | answered by |", "| --- | --- | --- |"]
    for hazard, text in known_hazards.items():
        lines.append(f"| {hazard} | {text} | {', '.join(one['id'] for one in required if hazard in one['hazards'])} |")
    lines += ["", "# Requirements, and what shows them", "", "| id | requirement | hazards | rules | code | tests |",
              "| --- | --- | --- | --- | --- | --- |"]
    for one in required:
        cells = [one["id"], one["text"], ", ".join(one["hazards"]), ", ".join(one.get("rules", [])) or "-",
                 "<br>".join(one["code"]), "<br>".join(one["tests"])]
        lines.append(f"| {' | '.join(cells)} |")
    tests = {test for one in required for test in one["tests"]}
    lines += ["", f"{len(required)} requirements against {len(known_hazards)} hazards, shown by {len(tests)} tests or files of tests."]
    return "\n".join(lines)


def main():
    found = mistakes(requirements(), hazards(), known_rules())
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    if sys.argv[1:] != ["--check"]:
        print(matrix(requirements(), hazards()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
