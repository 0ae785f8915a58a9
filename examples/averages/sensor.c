/* SPDX-License-Identifier: Apache-2.0 */
/* Sends readings to the guest "filter": here the squares of 1 to 40, and 0 as the last. */
#include "bare.h"

#define READINGS 40u

void guest_main(const void* tree);

void guest_main(const void* tree) {
    static struct peer filter;
    bare_begin(tree);
    if (!bare_open(&filter, "readings", "filter"))
        return;
    for (uint32_t n = 1; n <= READINGS; ++n) {
        if (!bare_send(&filter, n * n))
            return;
    }
    if (bare_send(&filter, 0))
        bare_say("sent readings: ", READINGS);
}
