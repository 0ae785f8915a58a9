/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads or stores one 32-bit word of a file through a mapping that reaches the memory itself: an
 * example to copy, for a file system mounted with `-o dax=always` on a region presented as "pmem".
 *
 *     dax_word FILE OFFSET              prints the word
 *     dax_word FILE OFFSET VALUE        stores it
 *
 * MAP_SYNC is refused (EOPNOTSUPP) where the mapping would be the page cache's copy, which the
 * other guest does not see: so it is always asked for. The mapping is ordinary cached memory: any
 * access of any size is right.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char** argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: dax_word FILE OFFSET [VALUE]\n");
        return 2;
    }
    int writes = argc > 3;
    uint64_t offset = strtoull(argv[2], NULL, 0) & ~3ull;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    int file = open(argv[1], writes ? O_RDWR : O_RDONLY);
    if (file < 0) {
        perror(argv[1]);
        return 1;
    }
    char* mapped = mmap(NULL, page, writes ? PROT_READ | PROT_WRITE : PROT_READ,
                        MAP_SHARED_VALIDATE | MAP_SYNC, file, (off_t)(offset / page * page));
    if (mapped == MAP_FAILED) {
        perror("dax_word: mmap with MAP_SYNC");
        return 1;
    }
    uint32_t* word = (uint32_t*)(mapped + offset % page);
    if (writes)
        __atomic_store_n(word, (uint32_t)strtoul(argv[3], NULL, 0), __ATOMIC_RELEASE);
    else
        printf("0x%08x\n", __atomic_load_n(word, __ATOMIC_ACQUIRE));
    return 0;
}
