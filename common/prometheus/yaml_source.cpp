#include "prometheus/yaml_source.hpp"

#include "cli/yaml_documents.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::prometheus {

namespace {

constexpr int deepest_merge = 10; // a merge may lead back to itself

class FieldCollector {
public:
    FieldCollector(const YamlSource& source, std::vector<Diagnostic>& problems) : source_(source), problems_(problems) {}

    std::vector<YamlField> collect(const YAML::Node& map) {
        add(map, 0);
        return std::move(fields_);
    }

private:
    void add(const YAML::Node& map, int depth) {
        std::vector<YAML::Node> merged;
        const auto inherited = fields_.size(); // what stands before is stronger
        for (const auto& pair : map) {
            if (!pair.first.IsScalar()) {
                complain(pair.first, "a key is no text", "");
                continue;
            }
            const auto& name = pair.first.Scalar();
            if (name == "<<") {
                merged.push_back(pair.second);
                continue;
            }
            const auto same = std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return field.name == name; });
            if (same == fields_.end()) {
                fields_.push_back({pair.first, pair.second, name});
            } else if (static_cast<std::size_t>(same - fields_.begin()) >= inherited) {
                complain(pair.first, "'" + visible(name) + "' stands there twice", "yaml-duplicate-key");
            }
        }
        for (const auto& node : merged) merge(node, depth + 1);
    }

    void merge(const YAML::Node& node, int depth) {
        if (depth > deepest_merge) {
            complain(node, "merge keys are nested too deeply", "yaml-merge");
        } else if (node.IsMap()) {
            add(node, depth);
        } else if (node.IsSequence() && depth == 1) {
            for (const auto& item : node) merge(item, depth + 1);
        } else {
            complain(node, "'<<' takes a map, or a list of maps", "yaml-merge");
        }
    }

    void complain(const YAML::Node& node, std::string message, std::string id) {
        problems_.push_back({.message = std::move(message), .place = source_.place(node), .id = std::move(id)});
    }

    const YamlSource& source_;
    std::vector<Diagnostic>& problems_;
    std::vector<YamlField> fields_;
};

bool is_wrong_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

Error unreadable(std::string message, Place place, std::string hint = {}) {
    return {ExitCode::misuse, Diagnostic{.message = std::move(message), .place = std::move(place), .hint = std::move(hint), .id = "yaml"}};
}

} // namespace

YamlSource::YamlSource(std::string_view text, std::string file) : file_(std::move(file)), lines_(lines(text)) {}

Place YamlSource::place(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    const auto offset = static_cast<std::size_t>(mark.column);
    const auto text = line(mark.line + 1);
    return {file_, mark.line + 1, static_cast<int>(characters_before(text, std::min(offset, text.size()))) + 1};
}

std::string_view YamlSource::line(int number) const {
    const auto index = static_cast<std::size_t>(number) - 1;
    return number > 0 && index < lines_.size() ? lines_[index] : std::string_view();
}

std::vector<YamlField> fields_of(const YAML::Node& map, const YamlSource& source, std::vector<Diagnostic>& problems) {
    return FieldCollector(source, problems).collect(map);
}

std::vector<YAML::Node> load_documents(std::string_view text, const YamlSource& source) {
    if (!is_valid_utf8(text)) throw unreadable("wrong YAML: the text is no UTF-8", {source.file(), 0, 0});
    // yaml-cpp takes the byte 0x04 for the end of the file and would lose all that follows.
    if (const auto wrong = std::find_if(text.begin(), text.end(), is_wrong_control); wrong != text.end()) {
        const auto before = text.substr(0, static_cast<std::size_t>(wrong - text.begin()));
        throw unreadable("wrong YAML: a control character", {source.file(), static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1, 0});
    }
    try {
        return cli::load_documents(std::string(text));
    } catch (const YAML::Exception& problem) {
        // yaml-cpp's way to say that it would need more than its share of the stack.
        const bool deep = problem.msg == YAML::ErrorMsg::BAD_FILE;
        throw unreadable("wrong YAML: " + (deep ? "nested too deeply" : one_line(problem.msg)), source.place(problem.mark));
    }
}

} // namespace slipway::prometheus
