/* SPDX-License-Identifier: Apache-2.0 */
/* Under Linux: prints the averages that the guest "filter" sends. 0 is the last. Exit status 0: it
 * came. */
#include "isthmus_guest/isthmus_linux.h"

int main(void) {
    struct isthmus_link link;
    uint32_t average = 0, length = 0;
    int status = isthmus_link_open(&link, "averages", "filter", 0);
    if (status != ISTHMUS_OK) {
        fprintf(stderr, "reader: %s\n", isthmus_status_text(status));
        return 2;
    }
    do {
        status = isthmus_link_receive(&link, &average, sizeof average, &length, 60000);
        if (status == ISTHMUS_OK && average != 0)
            printf("reader: average %u\n", average);
    } while (status == ISTHMUS_OK && average != 0);
    isthmus_link_close(&link);
    printf("reader: %s\n", status == ISTHMUS_OK ? "ok" : isthmus_status_text(status));
    return status == ISTHMUS_OK ? 0 : 1;
}
