// SPDX-License-Identifier: Apache-2.0
// Nothing of its own: the target of this file compiles the headers that all tests include.
