# SPDX-License-Identifier: Apache-2.0
"""The bare-metal pair, made from its configuration: the QEMU command that was written boots it."""
import subprocess

from isthmus_qemu import PATIENCE, console, demo


def test_the_pair_made_from_its_configuration_boots(tmp_path):
    folder = tmp_path / "pair"
    command = demo.made(demo.HERE / "pair.toml", folder)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=PATIENCE)
    lines = console.whole_lines(done.stdout.split("\n"))
    assert done.returncode == 0, done.stderr
    for name in ("guest-a", "guest-b"):
        assert console.guest_texts(lines, name)[-1] == "pair: ok", lines
    assert not console.findings(lines)
    assert any(console.SUMMARY.search(line) for line in lines)
