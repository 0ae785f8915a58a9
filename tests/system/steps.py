# SPDX-License-Identifier: Apache-2.0
"""Systems of guests that go through steps on their regions (tests/guests/steps.cpp)."""
from systems import domain, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000
READ_ONLY = 'isthmus,access = "ro";'
OWNER = 'role = "owner";'
BORROWER = 'role = "borrower";'


def window(offset: int) -> str:
    return f"isthmus,offset = <{offset >> 32:#x} {offset & 0xffff_ffff:#x}>;"


def stepper(name: str, regions: list[str], *steps: str, mmu: str = "on", **properties) -> str:
    return domain(name, "steps", bootargs=f"mmu={mmu} steps={','.join(steps)}", regions=regions,
                  **properties)


def run_steps(boot, *domains: str, root: str = "", **machine):
    """Boots the domains; every one of them goes through all of its steps. `root`: more nodes."""
    isthmus = boot(system(*domains, root=root), {"steps": "steps"},
                   **{"cpus": len(domains), **machine})
    assert isthmus.wait_end() == 0, "not switched off"
    names = [text.split()[0] for text in domains]
    for name in names:
        said = isthmus.guest(name)
        assert said and said[-1] == "steps: all ok", f"{name}: {said[-3:]}; {isthmus.findings()}"
    assert not any("WRONG" in line for line in isthmus.lines())
    return isthmus


def account(isthmus, region: str) -> str:
    """The end summary's line of a region."""
    return [line for line in isthmus.lines() if f"region {region}: owner" in line][-1]
