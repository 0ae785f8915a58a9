// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_queue.hpp"

namespace isthmus::core {

void RunQueue::add(SchedEntity& entity) {
    entity.next = nullptr;
    entity.budget = slice_;
    SchedEntity** link = &head_;
    while (*link != nullptr) {
        link = &(*link)->next;
    }
    *link = &entity;
}

void RunQueue::charge(SchedEntity& entity, u64 ticks) {
    entity.ran += ticks;
    entity.budget -= static_cast<i64>(ticks);
    if (entity.budget <= 0) {
        move_to_end(entity);
    }
}

void RunQueue::refund(SchedEntity& entity, u64 ticks) {
    entity.ran -= ticks;
    entity.budget += static_cast<i64>(ticks);
}

bool RunQueue::outranks(const SchedEntity& other, const SchedEntity& running) {
    if (running.budget <= 0 || other.budget <= 0) {
        return running.budget <= 0;
    }
    if (other.priority != running.priority) {
        return other.priority > running.priority;
    }
    return other.budget > running.budget;
}

void RunQueue::refill() {
    for (SchedEntity* entity = head_; entity != nullptr; entity = entity->next) {
        const i64 next = entity->budget + slice_;
        entity->budget = next < slice_ ? next : slice_;
    }
}

void RunQueue::move_to_end(SchedEntity& entity) {
    if (entity.next == nullptr) {
        return;
    }
    SchedEntity** link = &head_;
    while (*link != &entity) {
        link = &(*link)->next;
    }
    *link = entity.next;
    entity.next = nullptr;
    while (*link != nullptr) {
        link = &(*link)->next;
    }
    *link = &entity;
}

}  // namespace isthmus::core
