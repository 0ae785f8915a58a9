# SPDX-License-Identifier: Apache-2.0
"""A boot loader of one's own: image and tree lie where a test wants them, and nobody changes the tree
(QEMU's own loader writes the memory node and bootargs anew)."""
import struct

from isthmus_qemu import launch


class AnywhereLaunch(launch.Launch):
    """Loads the image at an address of one's own, as a boot loader would: a few instructions set
    x0 to the tree and jump."""
    address = 0
    TREE, STUB = 0x4400_0000, 0x4300_0000

    def command(self, folder):
        tree = self.make_tree(folder)
        stub = folder / "stub.bin"
        # ldr x0, tree; ldr x1, image; br x1; nop; tree: .quad; image: .quad
        stub.write_bytes(struct.pack("<4I2Q", 0x5800_0080, 0x5800_00a1, 0xd61f_0020, 0xd503_201f,
                                     self.TREE, self.address))
        whole = super().command(folder)
        kernel = whole.index("-kernel")
        rest = whole[:kernel] + whole[kernel + 6:]  # -kernel, -dtb, -append and their values
        for file, where in ((self.kernel, self.address), (tree, self.TREE), (stub, self.STUB)):
            rest += ["-device", f"loader,file={file},addr={where:#x},force-raw=on"]
        return rest + ["-device", f"loader,addr={self.STUB:#x},cpu-num=0"]
