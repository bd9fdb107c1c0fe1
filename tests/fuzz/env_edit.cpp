// Edits of anything as an .env file: refused with words, or the value is found there by a second call, and no other line is touched.
//
// Requests: (s)et, (r)emove, (c)reate, with NAME=VALUE as the value; places do not count.

#include "fuzz.hpp"
#include "requests.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "update-gitops-values/files/env_file.hpp"

#include <string>
#include <vector>

using namespace slipway;
using yaml::Operation;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = fuzz::divide(fuzz::text_of(data, size));
    std::vector<Operation> operations;
    for (const auto& request : input.requests) {
        const auto equals = request.value.find('=');
        if (equals == std::string::npos || equals == 0 || !is_valid_utf8(request.value)) continue;
        operations.push_back({.kind = request.kind == 'r' ? Operation::Kind::remove : Operation::Kind::set, .path = {request.value.substr(0, equals)},
                              .value = request.kind == 'r' ? "" : request.value.substr(equals + 1), .create = request.kind == 'c'});
    }
    if (operations.empty()) return 0;
    yaml::Edited edited;
    try {
        edited = update_gitops_values::edit_env(input.file, "f.env", operations);
    } catch (const Error& error) {
        fuzz::expect_words(error, "f.env");
        return 0;
    }
    fuzz::expect(edited.changes.size() == operations.size(), "a change for each operation");
    fuzz::expect(edited.changed() || edited.text == input.file, "nothing changed, no byte changed");
    if (operations.size() != 1) return 0;
    const auto& operation = operations[0];
    const auto& change = edited.changes[0];
    const auto again = update_gitops_values::edit_env(edited.text, "f.env", operations);
    fuzz::expect(!again.changed() && again.text == edited.text, "the second time there is nothing to do");
    if (operation.kind == Operation::Kind::set) fuzz::expect(again.changes[0].old.value_or("") == operation.value, "the value is what was set");
    if (!change.old || operation.kind == Operation::Kind::remove) return 0;
    fuzz::expect_same_lines(input.file, edited);
    // Back to what was there.
    auto back = operations;
    back[0].value = *change.old;
    try {
        const auto restored = update_gitops_values::edit_env(edited.text, "f.env", back);
        fuzz::expect(restored.changes[0].old.value_or("") == operation.value, "the old value is what was set");
        const auto repeated = update_gitops_values::edit_env(restored.text, "f.env", back);
        fuzz::expect(repeated.changes[0].old.value_or("") == *change.old, "the value that was there can be put back");
    } catch (const Error& error) {
        fuzz::expect_words(error, "f.env"); // a value may have been written in a form that we do not write
    }
    return 0;
}
