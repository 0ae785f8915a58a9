// SPDX-License-Identifier: Apache-2.0
#include "runtime/measuring_vectors.inc"

    measuring_vectors eventbench_vectors
