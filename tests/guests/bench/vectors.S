// SPDX-License-Identifier: Apache-2.0
#include "runtime/measuring_vectors.inc"

    measuring_vectors bench_vectors, "msr cntv_ctl_el0, xzr"
