# SPDX-License-Identifier: Apache-2.0
"""Links in the pages lead somewhere, and docs/bindings.md names exactly the rules of the code, each
marked as a warning where it is one, and every argument and property of a domain that the code knows.
Each rule is explained, too."""
import re

import repository

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
RULE = re.compile(r'Rule\s+\w+\s*\{\s*"([a-z0-9-]+)",\s*Severity::(\w+)\}')
VARIABLE = re.compile(r'Rule\s+(\w+)\s*\{\s*"([a-z0-9-]+)"')
ARGUMENT = re.compile(r'KnownArgument\{"([a-z0-9_-]+)"')
FEATURE = re.compile(r'Feature\{\s*"([^"]+)"|\.property = "([^"]+)"')  # of a domain, or of an emulated device
# What every node of a device tree may have.
GENERAL = {"compatible", "#address-cells", "#size-cells", "ranges", "status", "phandle", "linux,phandle", "name"}
RULE_ROOMS = ("fdt", "shm", "dom0less", "mm", "core")
ROW = re.compile(r"^\| ((?:`[a-z0-9]+-[a-z-]+`(?:, )?)+) \| (.*) \|$", re.MULTILINE)


def broken_links(path, text):
    folder = (repository.ROOT / path).parent
    return [f"{path}: {target}" for target in LINK.findall(text)
            if "://" not in target and not (folder / target).exists()]


def rules_in(text):
    """Rule name to severity."""
    return dict(RULE.findall(text))


def rules_on_page(text):
    """The same, from the rows of the page's tables of rules."""
    rules = {}
    for names, says in ROW.findall(text[text.index("\n## Rules"):]):
        severity = next((word for word in ("warning", "note") if says.startswith(f"({word})")), "error")
        rules.update({name: severity for name in re.findall(r"`([^`]+)`", names)})
    return rules


def differences(code, page):
    found = [f"{rule} ({code[rule]}) stands in the code, not on the page" for rule in code.keys() - page.keys()]
    found += [f"{rule} stands on the page, not in the code" for rule in page.keys() - code.keys()]
    found += [f"{rule} is of severity {code[rule]}" for rule in code.keys() & page.keys()
              if code[rule] != page[rule]]
    return sorted(found)


def test_links_lead_somewhere():
    found = []
    for path in repository.files(".md"):
        found += broken_links(path, repository.read(path))
    assert not found, "\n" + "\n".join(found)


def test_the_page_names_the_rules_of_the_code():
    code = {}
    for path in repository.files(".cpp", ".hpp"):
        if path.parts[0] in RULE_ROOMS:
            code.update(rules_in(repository.read(path)))
    assert len(code) > 60, "the lint does not see the rules"
    found = differences(code, rules_on_page(repository.read("docs/bindings.md")))
    assert not found, "docs/bindings.md:\n" + "\n".join(found)


def unexplained(headers, entries):
    """Rules of rooms' rules.hpp that no table of `isthmus explain` takes up. `headers`: room to text; `entries`:
    texts of tools/explain, each of which speaks of one room, or says which."""
    missing = []
    for room, text in headers.items():
        aliased = f"namespace rules = {room}::rules;"
        taken = "".join(entry if aliased in entry else
                        "".join(re.findall(rf"&{room}::rules::\w+,", entry)) for entry in entries)
        missing += [name for variable, name in VARIABLE.findall(text) if f"rules::{variable}," not in taken]
    return missing


def test_every_rule_is_explained():
    headers = {room: repository.read(f"{folder}/rules.hpp")
               for room, folder in (("fdt", "fdt"), ("shm", "shm"), ("dom0less", "dom0less/plan"))}
    assert all(len(VARIABLE.findall(text)) > 20 for text in headers.values())
    entries = [repository.read(path) for path in repository.files(".cpp") if path.parts[:2] == ("tools", "explain")]
    missing = unexplained(headers, entries)
    assert not missing, "no entry in tools/explain for " + ", ".join(missing)


def unnamed(text, page):
    """Arguments and properties in the code's tables that the page does not name in backticks."""
    arguments = {name for name in ARGUMENT.findall(text) if f"`{name}=" not in page}
    names = {first or second for first, second in FEATURE.findall(text)}
    properties = {name for name in names if not re.search(f"`{re.escape(name)}[` ]", page)}
    return sorted(arguments | (properties - GENERAL))


def test_the_page_names_arguments_and_properties():
    text = repository.read("dom0less/read/arguments.cpp") + repository.read("dom0less/read/features.cpp")
    text += "".join(repository.read(path) for path in repository.files(".hpp")
                    if path.parts[:2] == ("dom0less", "emulated"))
    assert len(ARGUMENT.findall(text)) > 10 and len(FEATURE.findall(text)) > 15
    missing = unnamed(text, repository.read("docs/bindings.md"))
    assert not missing, "docs/bindings.md does not name " + ", ".join(missing)


def test_mistakes_are_found():
    assert broken_links("README.md", "[x](docs/no-such-page.md)")
    assert not broken_links("README.md", "[x](LICENSE) [y](https://spdx.org/z)")
    code = rules_in('constexpr Rule align{"shm-align", Severity::error};')
    assert code == {"shm-align": "error"}
    page = rules_on_page("\n## Rules\n| `shm-align`, `shm-b` | (warning) text |\n")
    assert page == {"shm-align": "warning", "shm-b": "warning"}
    assert len(differences(code, page)) == 2
    assert len(differences(code, {})) == 1
    header = {"shm": 'constexpr Rule align{"shm-align", Severity::error};'}
    assert unexplained(header, ["namespace rules = fdt::rules; &rules::align,"]) == ["shm-align"]
    assert not unexplained(header, ["namespace rules = shm::rules; &rules::align,"])
    assert not unexplained(header, [".rule = &shm::rules::align,"])
    text = 'KnownArgument{"log", set_log}, Feature{"sve", Support::unsupported}'
    assert unnamed(text, "`log=quiet`") == ["sve"]
    assert unnamed(text, "`sve`") == ["log"]
    assert unnamed('.property = "vpl011",', "") == ["vpl011"]


QUOTED = re.compile(r"^\| `([^`]+)`", re.MULTILINE)


def lines_that_nobody_writes(page, code):
    """Of a page's tables by symptom: quoted lines that no code has, `\u2026` and `{}` standing for what changes."""
    code = re.sub(r'"\s*\n\s*"', "", code)  # a long text stands in several pieces
    rules = rules_in(code)
    missing = []
    for line in QUOTED.findall(page):
        rule = re.match(r"(?:error|warning)\[([a-z0-9-]+)\]", line)
        parts = [re.escape(part.strip()) for part in re.split("\u2026", line) if part.strip()]
        if rule and rule[1] not in rules or not rule and not re.search('[^"\n]*'.join(parts), code):
            missing.append(line)
    return missing


def test_quoted_lines_are_written():
    """docs/troubleshooting.md quotes what Isthmus says; what U-Boot says is marked by its name."""
    code = "".join(repository.read(path) for path in repository.files(".cpp", ".hpp") if path.parts[0] != "tests")
    assert not lines_that_nobody_writes(repository.read("docs/troubleshooting.md"), code)


def test_a_line_that_nobody_writes_is_found():
    page = "| `all \u2026 stopped` | |\n| `all CPUs \u2026 flew away` | |\n| `error[host-no-such]` | |\n"
    assert lines_that_nobody_writes(page, 'log("all {} of them stopped");') == ["all CPUs \u2026 flew away", "error[host-no-such]"]
