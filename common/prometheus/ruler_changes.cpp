#include "prometheus/ruler_changes.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace slipway::prometheus {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format = "slipway ruler snapshot 1";

const RulerGroup* find(const RulerState& state, const std::string& name_space, const std::string& name) {
    const auto groups = state.find(name_space);
    if (groups == state.end()) return nullptr;
    for (const auto& group : groups->second) {
        if (group.name() == name) return &group;
    }
    return nullptr;
}

/// Groups of one namespace by name: thousands are compared.
std::map<std::string_view, const RulerGroup*> by_name(const RulerState& state, const std::string& name_space) {
    std::map<std::string_view, const RulerGroup*> found;
    const auto groups = state.find(name_space);
    if (groups == state.end()) return found;
    for (const auto& group : groups->second) found.emplace(group.name(), &group);
    return found;
}

Error no_snapshot(const std::string& file, const std::string& why) { return misuse(file + ": no snapshot of a ruler: " + why); }

} // namespace

RulerChanges compare(const RulerState& wanted, const RulerState& stored, bool prune) {
    RulerChanges changes;
    for (const auto& [name_space, groups] : wanted) {
        const auto before = by_name(stored, name_space);
        std::set<std::string_view> names;
        for (const auto& group : groups) {
            if (!names.insert(group.name()).second) {
                throw misuse("group '" + visible(group.name()) + "' stands twice in namespace '" + visible(name_space) + "': the server keeps one of a name");
            }
            const auto same_name = before.find(group.name());
            if (same_name == before.end()) changes.added.push_back({name_space, group.name(), group.text()});
            else if (same_group(group, *same_name->second)) changes.unchanged.push_back({name_space, group.name()});
            else changes.changed.push_back({name_space, group.name(), group.text()});
        }
        const auto there = stored.find(name_space);
        if (there == stored.end()) continue;
        for (const auto& group : there->second) {
            if (names.count(group.name()) == 0) (prune ? changes.removed : changes.untouched).push_back({name_space, group.name(), {}});
        }
    }
    return changes;
}

std::string write_snapshot(const RulerState& state, RulerKind kind) {
    Json namespaces = Json::object();
    for (const auto& [name_space, groups] : state) {
        auto& list = namespaces[name_space] = Json::array();
        for (const auto& group : groups) list.push_back({{"name", group.name()}, {"text", group.text()}});
    }
    return Json{{"format", format}, {"kind", lower(name_of(kind))}, {"namespaces", std::move(namespaces)}}.dump(2) + '\n';
}

RulerState read_snapshot(std::string_view text, RulerKind kind, const std::string& file) {
    const auto document = Json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", Json()) != format) {
        throw no_snapshot(file, std::string("its format is not '") + format + '\'');
    }
    try {
        const auto written_for = document.at("kind").get<std::string>();
        if (written_for != lower(name_of(kind))) throw misuse(file + ": the snapshot is of another server: its kind is '" + visible(written_for) + '\'');
        RulerState state;
        for (const auto& [name_space, groups] : document.at("namespaces").items()) {
            auto& list = state[name_space];
            for (const auto& group : groups) list.push_back(read_ruler_group(group.at("text").get<std::string>(), kind, file));
        }
        return state;
    } catch (const Json::exception&) {
        throw no_snapshot(file, "it is not complete");
    }
}

RulerChanges restore(const RulerState& snapshot, const RulerState& now) { return compare(snapshot, now, true); }

RulerChanges undo(const RulerState& snapshot, const std::vector<RulerChange>& sent) {
    RulerChanges changes;
    for (const auto& change : sent) {
        const auto* before = find(snapshot, change.name_space, change.group);
        if (before == nullptr) changes.removed.push_back({change.name_space, change.group, {}});
        else (change.text.empty() ? changes.added : changes.changed).push_back({change.name_space, change.group, before->text()});
    }
    return changes;
}

} // namespace slipway::prometheus
