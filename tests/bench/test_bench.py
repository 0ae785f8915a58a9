# SPDX-License-Identifier: Apache-2.0
"""The benchmark runs to its end and every figure appears. What the figures are is not judged here."""
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def test_every_figure_appears(tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(["/usr/bin/python3", HERE / "bench.py", "--json", out],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    for row in json.loads((HERE / "peers.json").read_text())["figures"]:
        assert figures[row["name"]] > 0, row["name"]
        assert row["title"] in done.stdout
    # Two copies and two sums cost more than one copy, and not the world.
    copied, sent = figures["copy-bytes-a-second"], figures["queue-bytes-a-second"]
    assert sent < copied < 10 * sent


def test_where_instructions_go():
    """One exit step by step: as many steps as the figure says, in the functions that stand in its way."""
    done = subprocess.run(["/usr/bin/python3", HERE / "where.py", "hypercall"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = [line.split() for line in done.stdout.split("\nby file:\n")[0].splitlines()]
    steps = sum(int(count) for count, *_ in counts)
    assert 30 < steps < 150 and f"{steps:4}  in all" in done.stdout
    assert counts[0][1:] == ["guest_sync", "arch/arm64/boot/vectors.S"]
    assert any(name == "core::try_hypercall" for _, name, _ in counts), done.stdout
