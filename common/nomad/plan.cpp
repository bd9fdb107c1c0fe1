#include "nomad/plan.hpp"

#include "core/text.hpp"

namespace slipway::nomad {

namespace {

/// The entries of a list or map; nothing for null.
const Json& entries_at(const Json& object, const char* key) {
    static const Json none = Json::array();
    const auto& value = value_at(object, key);
    return value.is_structured() ? value : none;
}

bool is_change(const Json& part) { return text_at(part, "Type") != "None" && !text_at(part, "Type").empty(); }

std::string sign_of(const Json& part) {
    const auto type = text_at(part, "Type");
    return type == "Added" ? "+ " : type == "Deleted" ? "- " : "~ ";
}

class Writer {
public:
    std::string text;

    void job(const Json& diff) {
        line(0, diff, "job \"" + text_at(diff, "ID") + '"');
        fields_and_objects(diff, 1);
        for (const auto& group : entries_at(diff, "TaskGroups")) task_group(group);
    }

private:
    void line(int depth, const Json& part, const std::string& words) {
        text += std::string(static_cast<std::size_t>(depth) * 2, ' ') + (is_change(part) ? sign_of(part) : "  ") + visible(words) + '\n';
    }

    void fields_and_objects(const Json& part, int depth) {
        for (const auto& field : entries_at(part, "Fields")) {
            if (is_change(field)) line(depth, field, text_at(field, "Name") + ": " + values(field) + annotations(field));
        }
        for (const auto& object : entries_at(part, "Objects")) {
            if (!is_change(object)) continue;
            line(depth, object, text_at(object, "Name"));
            fields_and_objects(object, depth + 1);
        }
    }

    static std::string values(const Json& field) {
        const auto before = json_escape(text_at(field, "Old"));
        const auto after = json_escape(text_at(field, "New"));
        const auto type = text_at(field, "Type");
        if (type == "Added") return '"' + after + '"';
        if (type == "Deleted") return '"' + before + '"';
        return '"' + before + "\" => \"" + after + '"';
    }

    static std::string annotations(const Json& part) {
        std::vector<std::string> words;
        for (const auto& word : entries_at(part, "Annotations")) {
            if (word.is_string()) words.push_back(word.get<std::string>());
        }
        return words.empty() ? "" : " (" + join(words, ", ") + ')';
    }

    void task_group(const Json& group) {
        std::vector<std::string> updates;
        for (const auto& [what, count] : entries_at(group, "Updates").items()) {
            if (count.is_number_unsigned() && count.get<std::size_t>() > 0) updates.push_back(std::to_string(count.get<std::size_t>()) + ' ' + what);
        }
        line(1, group, "group \"" + text_at(group, "Name") + '"' + (updates.empty() ? "" : " (" + join(updates, ", ") + ')'));
        fields_and_objects(group, 2);
        for (const auto& task : entries_at(group, "Tasks")) {
            if (!is_change(task)) continue;
            line(2, task, "task \"" + text_at(task, "Name") + '"' + annotations(task));
            fields_and_objects(task, 3);
        }
    }
};

} // namespace

bool changes_anything(const Json& plan) {
    const auto diff = plan.find("Diff");
    return diff != plan.end() && diff->is_object() && is_change(*diff);
}

std::string difference_for_people(const Json& plan) {
    const auto diff = plan.find("Diff");
    if (diff == plan.end() || !diff->is_object()) return "Nomad tells no difference\n";
    if (!is_change(*diff)) {
        return "no change to job \"" + visible(text_at(*diff, "ID")) + "\"\n";
    }
    Writer writer;
    writer.job(*diff);
    return writer.text;
}

std::vector<std::string> placement_failures(const Json& plan) {
    std::vector<std::string> failures;
    for (const auto& entry : entries_at(plan, "FailedTGAllocs").items()) {
        const auto& metrics = entry.value();
        std::vector<std::string> reasons;
        const auto count = [&](const char* key, const std::string& words) {
            for (const auto& [what, nodes] : entries_at(metrics, key).items()) {
                if (nodes.is_number_unsigned()) reasons.push_back(count_of(nodes.get<std::size_t>(), "node") + words + what);
            }
        };
        count("ConstraintFiltered", " filtered by ");
        count("ClassFiltered", " filtered by class ");
        count("DimensionExhausted", " exhausted on ");
        count("ClassExhausted", " exhausted in class ");
        for (const auto& quota : entries_at(metrics, "QuotaExhausted")) {
            if (quota.is_string()) reasons.push_back("quota " + quota.get<std::string>() + " exhausted");
        }
        if (const auto evaluated = metrics.is_object() ? metrics.find("NodesEvaluated") : metrics.end(); reasons.empty()) {
            const bool none = metrics.is_object() && evaluated != metrics.end() && evaluated->is_number_unsigned() && evaluated->get<std::size_t>() == 0;
            reasons.push_back(none ? "no node was eligible: datacenters, node pool or node state" : "no node fits");
        }
        failures.push_back("group " + visible(entry.key()) + ": " + visible(join(reasons, ", ")));
    }
    return failures;
}

} // namespace slipway::nomad
