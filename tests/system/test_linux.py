# SPDX-License-Identifier: Apache-2.0
"""The demo's pair of stock kernels on other machines than the demo's."""
import sys

import pytest

from isthmus_qemu import ROOT, launch

sys.path.insert(0, str(ROOT / "boards" / "qemu-virt"))
import initramfs  # noqa: E402


@pytest.mark.parametrize("cpu, vcpus", [("cortex-a57", 1), ("cortex-a57", 2), ("max", 2)])
def test_pair(boot, tmp_path, cpu, vcpus):
    tree = (launch.HERE / "linux-pair.dts").read_text().replace("cpus = <1>", f"cpus = <{vcpus}>")
    kernel = ROOT / "build" / "packages" / "linux" / "Image"
    ramdisk = initramfs.make(tmp_path / "initramfs.cpio")
    machine = boot(tree, {"kernel_a": kernel, "initramfs_a": ramdisk,
                          "kernel_b": kernel, "initramfs_b": ramdisk}, cpus=2 * vcpus, cpu=cpu)
    machine.wait_guest("linux-a", "demo: ok", timeout=150)
    machine.wait_guest("linux-b", "demo: ok", timeout=150)
    assert machine.wait_end() == 0
    for name in ("linux-a", "linux-b"):
        said = "\n".join(machine.guest(name))
        assert ("Brought up 1 node, 2 CPUs" in said) == (vcpus == 2)
        for trouble in ("Call trace", "rcu_sched detected stalls", "BUG:", "Oops"):
            assert trouble not in said
