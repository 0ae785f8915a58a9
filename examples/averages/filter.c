/* SPDX-License-Identifier: Apache-2.0 */
/* Takes readings from "sensor", and sends the average of each four to the Linux guest "linux". 0 is
 * the last. */
#include "bare.h"

void guest_main(const void* tree);

void guest_main(const void* tree) {
    static struct peer sensor, linux_guest;
    uint32_t reading = 0, sum = 0, count = 0, sent = 0;
    bare_begin(tree);
    if (!bare_open(&sensor, "readings", "sensor") || !bare_open(&linux_guest, "averages", "linux"))
        return;
    while (bare_receive(&sensor, &reading) && reading != 0) {
        sum += reading;
        if (++count % 4 != 0)
            continue;
        if (!bare_send(&linux_guest, sum / 4))
            return;
        sum = 0;
        ++sent;
    }
    if (bare_send(&linux_guest, 0))
        bare_say("sent averages: ", sent);
}
