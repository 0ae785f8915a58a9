// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/digest.hpp"

#include "dom0less/plan/plan_fields.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/show/canonical_form.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {

// A partial tree becomes part of the guest's own, so all of it counts.
void CanonicalForm::put(const fdt::Tree* tree) {
    const usize nodes = tree != nullptr ? tree->node_count() : 0;
    put(u64{nodes});
    for (usize i = 0; i < nodes; ++i) {
        const fdt::Node node = tree->node(i);
        put(u64{node.parent().number()});
        put(node.name());
        put(u64{node.properties().size()});
        for (const fdt::Property& property : node.properties()) {
            put(property.name);
            put(property.value);
        }
    }
}

Digest digest_plan(const Plan& plan) {
    CanonicalForm form;
    form.put(std::string_view("isthmus plan 8"));
    form.put(plan);
    return form.finish();
}

void check_digest(const fdt::Tree& tree, const Digest& digest, Arena& arena, Findings& findings) {
    constexpr std::string_view name = "isthmus,plan-digest";
    const auto chosen = tree.root().child("chosen");
    if (!chosen || !chosen->has(name)) {
        return;
    }
    const std::string_view wanted = chosen->text(name);
    const auto text = digest_text(digest);
    if (wanted != text.view()) {
        findings.add(rules::plan_digest, chosen->path(), name,
                     "the plan of this tree is {}, not {}: something has changed since it was "
                     "signed off",
                     arena.copy(text.view()), wanted.empty() ? "a text" : fdt::printable(wanted));
    }
}

}  // namespace isthmus::dom0less
