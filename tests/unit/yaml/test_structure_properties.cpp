#include "catch.hpp"

#include "core/error.hpp"
#include "sampling.hpp"
#include "structure_proof.hpp"
#include "yaml/extents.hpp"
#include "yaml/tree.hpp"

#include <nlohmann/json.hpp>
#include <yaml-cpp/emitterstyle.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

// Changes of generated documents, against the same change of the values that libyaml reads.

using namespace slipway;
using namespace slipway::yaml;
using namespace slipway::yaml::proof;

namespace {

using Json = nlohmann::ordered_json;

class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::string text;

    void document() {
        line_break_ = pick({"\n", "\n", "\r\n"});
        step_ = 1 + below(4);
        if (one_in(8)) text += "\xEF\xBB\xBF";
        if (one_in(4)) text += "# first" + line_break_;
        if (one_in(4)) text += (one_in(2) ? "---" : "--- # c") + line_break_;
        one_in(5) ? list(0, 0, false) : map(0, 0, false);
        if (one_in(8)) text += "# last" + line_break_;
        if (one_in(8)) text += "..." + line_break_;
        if (one_in(6)) text.resize(text.find_last_not_of("\r\n") + 1);
    }

    Json value(int depth) {
        switch (below(depth > 2 ? 6 : 8)) {
        case 0: return nullptr;
        case 1: return static_cast<int>(below(100));
        case 2: return "";
        case 3: return "two\nlines\n";
        case 4: return pick({"word", "no", "1.10", "a: b", " # c", "x, y]", "it's", "- a", "{{ x }}"});
        case 5: return one_in(2);
        case 6: {
            auto map = Json::object();
            for (auto n = below(4); n > 0; --n) map["n" + std::to_string(n)] = value(depth + 1);
            return map;
        }
        default: {
            auto list = Json::array();
            for (auto n = below(4); n > 0; --n) list.push_back(value(depth + 1));
            return list;
        }
        }
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }

private:
    const char* pick(const std::vector<const char*>& choices) { return choices[below(choices.size())]; }

    void end_line() {
        if (one_in(4)) text += pick({" # c", "   #", " "});
        text += line_break_;
    }
    void between_lines(std::size_t indent) {
        if (one_in(8)) text += line_break_;
        if (one_in(8)) text += std::string(one_in(2) ? indent : 0, ' ') + "# about" + line_break_;
    }
    std::string key() {
        const auto name = "k" + std::to_string(++keys_);
        return one_in(8) ? '"' + name + '"' : name;
    }

    void map(std::size_t indent, int depth, bool behind_dash) {
        for (auto n = 1 + below(4); n > 0; --n) {
            if (!behind_dash) {
                between_lines(indent);
                text += std::string(indent, ' ');
            }
            behind_dash = false;
            text += key() + ':';
            member(indent, depth, true);
        }
    }
    void list(std::size_t indent, int depth, bool behind_dash) {
        for (auto n = 1 + below(3); n > 0; --n) {
            if (!behind_dash) {
                between_lines(indent);
                text += std::string(indent, ' ');
            }
            behind_dash = false;
            text += '-';
            member(indent, depth, false);
        }
    }
    void member(std::size_t indent, int depth, bool of_map) {
        const auto kind = below(12);
        if (kind == 0) return end_line();
        if (kind <= 3 && depth < 4) {
            if (!of_map) {
                const auto gap = 1 + below(2);
                text += std::string(gap, ' ');
                return one_in(3) ? list(indent + 1 + gap, depth + 1, true) : map(indent + 1 + gap, depth + 1, true);
            }
            if (one_in(10)) text += " &x" + std::to_string(++keys_);
            end_line();
            return one_in(3) ? list(indent + (one_in(2) ? 0 : step_), depth + 1, false) : map(indent + step_, depth + 1, false);
        }
        text += ' ';
        if (kind == 4 || kind == 5) {
            flow(indent + 1, depth);
        } else if (kind == 6) {
            text += pick({"|", ">-", "|+", "|-", "| # c"}) + line_break_ + std::string(indent + 2, ' ') + "text # no" + line_break_;
            if (one_in(2)) text += line_break_ + std::string(indent + 4, ' ') + "more" + line_break_;
            if (one_in(3)) text += line_break_ + line_break_;
            return;
        } else if (kind == 7) {
            text += "folded" + line_break_ + std::string(indent + 2, ' ') + "text";
        } else {
            text += pick({"word", "1.10", "'it''s'", "\"q\\\"\"", "~", "null", "two words", "!!str 1"});
        }
        end_line();
    }
    void flow(std::size_t indent, int depth) {
        const bool is_map = one_in(2);
        const bool lines = one_in(3);
        const auto space = lines ? line_break_ + std::string(indent + 1, ' ') : std::string();
        text += is_map ? '{' : '[';
        const auto count = below(4);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) text += lines ? (one_in(3) ? ", # c" : ",") : pick({", ", ",", " , "});
            text += space;
            if (is_map) text += key() + ": ";
            if (depth < 5 && one_in(5))
                flow(indent + 1, depth + 1);
            else
                text += pick({"word", "12", "'a, b'", "\"]\"", "null"});
        }
        if (count > 0 && one_in(4)) text += one_in(2) ? "," : " ";
        if (lines) text += line_break_ + std::string(indent, ' ');
        text += is_map ? '}' : ']';
    }

    std::mt19937_64 random_;
    std::string line_break_ = "\n";
    std::size_t step_ = 2;
    int keys_ = 0;
};

/// Scalars as their texts; null alone is told from the rest.
Json read(const Tree& tree, NodeId id) {
    const auto& node = tree[id];
    switch (node.kind) {
    case NodeKind::null: return nullptr;
    case NodeKind::map: {
        auto map = Json::object();
        for (auto key = node.first; key != no_node; key = tree[tree[key].next].next) map[tree[key].text] = read(tree, tree[key].next);
        return map;
    }
    case NodeKind::sequence: {
        auto list = Json::array();
        for (auto entry = node.first; entry != no_node; entry = tree[entry].next) list.push_back(read(tree, entry));
        return list;
    }
    default: return node.text;
    }
}

Json read(const std::string& text) {
    const bool marked = text.substr(0, 3) == "\xEF\xBB\xBF"; // which libyaml takes for part of a --- behind it
    const Tree tree(std::string_view(text).substr(marked ? 3 : 0), "f.yaml");
    return tree.documents().empty() ? Json() : read(tree, tree.documents()[0]);
}

/// As `read` would give it.
Json in_texts(const Json& value) {
    if (value.is_null() || value.is_string()) return value;
    if (!value.is_structured()) return value.dump();
    auto result = value;
    for (auto& item : result) item = in_texts(item);
    return result;
}

void paths_of(const Json& value, const std::string& path, std::vector<std::string>& all) {
    all.push_back(path);
    if (!value.is_structured()) return;
    for (const auto& [key, item] : value.items()) paths_of(item, path + '/' + key, all);
}

/// Any change that fits the value at a path.
Step any_change(Generator& generator, const std::string& path, const Json& value) {
    const auto json = generator.value(0).dump();
    const auto plain = path.empty() ? path : path.substr(1);
    switch (generator.below(4)) {
    case 0: return {What::set, plain, "", json};
    case 1:
        if (!path.empty()) return {What::remove, plain};
        break;
    default: break;
    }
    if (value.is_object() || (value.is_null() && generator.one_in(2))) return {What::add, plain, generator.one_in(3) ? "new key" : "new", json};
    if (value.is_array() || value.is_null()) return {What::append, plain, "", json};
    return {What::set, plain, "", json};
}

Json changed(Json document, const std::string& path, const Step& step) {
    const Json::json_pointer pointer(path);
    auto& at = document[pointer];
    const auto value = step.json.empty() ? Json() : in_texts(Json::parse(step.json));
    switch (step.what) {
    case What::set: at = value; break;
    case What::add: at[step.key] = value; break;
    case What::append: at.push_back(value); break;
    case What::remove: {
        auto& around = document[pointer.parent_pointer()];
        if (around.is_object())
            around.erase(pointer.back());
        else
            around.erase(std::stoul(pointer.back()));
    }
    }
    return document;
}

} // namespace

TEST_CASE("changes of generated documents read as the same changes of their values") {
    const auto seed = sampling::seed();
    const auto count = sampling::cases(3000, 100000);
    std::size_t refusals = 0;
    std::size_t restored = 0;
    for (std::size_t n = 0; n < count; ++n) {
        Generator generator(seed + n);
        generator.document();
        INFO("seed " << seed + n << "\n" << generator.text);
        const auto before = read(generator.text);
        std::vector<std::string> paths;
        paths_of(before, "", paths);
        const auto& path = paths[generator.below(paths.size())];
        const auto step = any_change(generator, path, before[Json::json_pointer(path)]);
        INFO("--- " << static_cast<int>(step.what) << ' ' << path << ' ' << step.key << ' ' << step.json);
        std::string text;
        try {
            text = after(generator.text, step);
        } catch (const Error& error) {
            REQUIRE(error.code() == ExitCode::refused);
            ++refusals;
            continue;
        }
        INFO("became\n" << text);
        REQUIRE(read(text) == changed(before, path, step));
        if (step.what != What::add || before[Json::json_pointer(path)].empty()) continue;
        const auto events = read_events(generator.text, "f.yaml");
        if (events[find(events, step.path).value].layout == YAML::EmitterStyle::Flow) continue;
        REQUIRE(after(text, {What::remove, step.path + (step.path.empty() ? "" : "/") + step.key}) == generator.text);
        ++restored;
    }
    CHECK(refusals < count / 50);
    CHECK(restored > count / 10);
}

TEST_CASE("texts with anything in them are changed as promised, or refused") {
    const auto seed = sampling::seed();
    const auto count = sampling::cases(1000, 30000);
    const std::vector<std::string> pieces = {"a", ":", ": ", " ", "#", " #", "'", "\"", "\\", ",", "[", "]", "{", "}", "&a ", "*a", "!!str ", "|", "|+\n", ">", "? ",
                                             "- ", "\t", "\n", "\r\n", "---\n", "...\n", "\xEF\xBB\xBF", "\xC2\x85", "null", "%"};
    std::size_t changes = 0;
    std::size_t doubts = 0; // what the proof finds
    for (std::size_t n = 0; n < count; ++n) {
        Generator generator(seed + n);
        generator.document();
        auto text = generator.text;
        for (auto cuts = 1 + generator.below(3); cuts > 0 && !text.empty(); --cuts) {
            if (generator.one_in(2))
                text.insert(generator.below(text.size() + 1), pieces[generator.below(pieces.size())]);
            else
                text.erase(generator.below(text.size()), generator.below(4));
        }
        const std::string file = "f.yaml";
        INFO("seed " << seed + n << "\n" << text);
        Events events;
        try {
            events = read_events(text, file);
        } catch (const Error&) {
            continue;
        }
        const Document document{text, file, events};
        const auto attempt = [&](const auto& make) {
            try {
                const auto patch = make();
                ++changes;
                if (!tried(document, patch)) ++doubts;
            } catch (const Error& error) {
                REQUIRE((error.code() == ExitCode::refused || error.code() == ExitCode::misuse));
            }
        };
        const auto json = generator.value(0).dump();
        const Extents extents(document, "cannot change it");
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (events[i].kind != EventKind::map_start && events[i].kind != EventKind::sequence_start) continue;
            attempt([&] { return insert_key(document, {i, {}}, "new", json); });
            attempt([&] { return append_entry(document, {i, {}}, json); });
            for (const auto& member : extents.members(i)) {
                attempt([&] { return replace_value(document, member, json); });
                attempt([&] { return remove_member(document, i, member); });
            }
        }
    }
    CHECK(changes > count);
    CHECK(doubts < changes / 50);
}
