# SPDX-License-Identifier: Apache-2.0
"""Links in the pages lead somewhere, and every rule of the code stands in docs/bindings.md."""
import re

import repository

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
RULE = re.compile(r'Rule\s+\w+\s*[{=(][{(]?\s*"([a-z0-9-]+)"')


def broken_links(path, text):
    folder = (repository.ROOT / path).parent
    return [f"{path}: {target}" for target in LINK.findall(text)
            if "://" not in target and not (folder / target).exists()]


def rules_in(text):
    return set(RULE.findall(text))


def undocumented(rules, page):
    return sorted(rule for rule in rules if f"`{rule}`" not in page)


def test_links_lead_somewhere():
    found = []
    for path in repository.files(".md"):
        found += broken_links(path, repository.read(path))
    assert not found, "\n" + "\n".join(found)


def test_every_rule_is_documented():
    rules = set()
    for path in repository.files(".cpp", ".hpp"):
        if path.parts[0] in ("fdt", "shm", "dom0less", "mm", "core"):
            rules |= rules_in(repository.read(path))
    missing = undocumented(rules, repository.read("docs/bindings.md"))
    assert not missing, "docs/bindings.md does not name: " + ", ".join(missing)


def test_mistakes_are_found():
    assert broken_links("README.md", "[x](docs/no-such-page.md)")
    assert not broken_links("README.md", "[x](LICENSE) [y](https://spdx.org/z)")
    assert rules_in('constexpr Rule align{"shm-align", Severity::error};') == {"shm-align"}
    assert undocumented({"shm-align"}, "no rule here") == ["shm-align"]
