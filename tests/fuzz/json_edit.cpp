// Edits of anything as JSON: refused with words, or another reader of JSON sees the value as it was set, and all else as before.
//
// Requests: (s)et, (j)son, (a)ppend, (r)emove, (c)reate a key "new" in the object there. Places are counted over all values.

#include "fuzz.hpp"
#include "requests.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "update-gitops-values/files/json_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace slipway;
using yaml::Operation;
using nlohmann::ordered_json;

namespace {

/// A value and the way to it.
struct Target {
    yaml::KeyPath path;
    ordered_json::json_pointer pointer{};
};

void collect(const ordered_json& node, const Target& here, std::vector<Target>& targets) {
    if (targets.size() > 2000) return;
    targets.push_back(here);
    for (const auto& [key, child] : node.items()) {
        if (!node.is_structured()) return;
        auto target = here;
        if (node.is_object()) {
            target.path.emplace_back(key);
            target.pointer /= key;
        } else {
            const auto index = static_cast<std::size_t>(std::stoul(key));
            target.path.emplace_back(static_cast<yaml::Index>(index));
            target.pointer /= index;
        }
        collect(child, target, targets);
    }
}

/// What the operation makes of the values. Objects that hold a key twice lose the first here, so they must be refused, or left alone.
void carry_out(const Operation& operation, const ordered_json::json_pointer& pointer, ordered_json& json) {
    const auto value = operation.kind == Operation::Kind::set ? ordered_json(operation.value) : ordered_json::parse(operation.value, nullptr, false);
    switch (operation.kind) {
    case Operation::Kind::remove:
        if (json[pointer.parent_pointer()].is_array())
            json[pointer.parent_pointer()].erase(static_cast<std::size_t>(std::get<yaml::Index>(operation.path.back())));
        else
            json[pointer.parent_pointer()].erase(pointer.back());
        break;
    case Operation::Kind::append:
        if (json[pointer].is_null()) json[pointer] = ordered_json::array();
        json[pointer].push_back(value);
        break;
    default:
        if (operation.create)
            json[pointer]["new"] = value;
        else
            json[pointer] = value;
    }
}

std::size_t line_breaks(std::string_view text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = fuzz::divide(fuzz::text_of(data, size));
    if (input.file.size() > 20000) return 0; // the other reader recurses without a limit
    const auto before = ordered_json::parse(input.file, nullptr, false);
    std::vector<Target> targets;
    if (!before.is_discarded()) collect(before, Target{}, targets);
    std::vector<Operation> operations;
    std::vector<ordered_json::json_pointer> pointers;
    for (const auto& request : input.requests) {
        Operation operation{.path = {"no JSON"}, .value = request.value};
        ordered_json::json_pointer pointer;
        if (!targets.empty()) {
            operation.path = targets[request.place % targets.size()].path;
            pointer = targets[request.place % targets.size()].pointer;
        }
        switch (request.kind) {
        case 's': break;
        case 'j': operation.kind = Operation::Kind::set_json; break;
        case 'a': operation.kind = Operation::Kind::append; break;
        case 'r': operation.kind = Operation::Kind::remove; break;
        case 'c':
            operation.path.emplace_back("new");
            operation.create = true;
            break;
        default: continue;
        }
        if (operation.path.empty() || !is_valid_utf8(operation.value)) continue;
        operations.push_back(std::move(operation));
        pointers.push_back(pointer);
    }
    if (operations.empty()) return 0;
    yaml::Edited edited;
    try {
        edited = update_gitops_values::edit_json(input.file, "f.json", operations);
    } catch (const Error& error) {
        fuzz::expect_words(error, "f.json");
        return 0;
    }
    if (before.is_discarded()) return 0; // numbers beyond all doubles and halves of surrogate pairs are JSON, too
    fuzz::expect(edited.changes.size() == operations.size(), "a change for each operation");
    fuzz::expect(edited.changed() || edited.text == input.file, "nothing changed, no byte changed");
    const auto now = ordered_json::parse(edited.text, nullptr, false);
    fuzz::expect(!now.is_discarded(), "what was written is JSON");
    if (operations.size() != 1) return 0;
    auto wanted = before;
    carry_out(operations[0], pointers[0], wanted);
    fuzz::expect(now == wanted, "it reads as before but for the value");
    if (operations[0].kind == Operation::Kind::append || operations[0].kind == Operation::Kind::remove) return 0;
    if (operations[0].kind == Operation::Kind::set && !operations[0].create && !before[pointers[0]].is_structured())
        fuzz::expect(line_breaks(edited.text) == line_breaks(input.file), "lines stay as they are");
    const auto again = update_gitops_values::edit_json(edited.text, "f.json", operations);
    fuzz::expect(!again.changed() && again.text == edited.text, "the second time there is nothing to do");
    return 0;
}
