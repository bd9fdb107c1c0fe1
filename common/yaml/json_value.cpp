#include "yaml/json_value.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>
#include <yaml-cpp/emitterstyle.h>

#include <algorithm>
#include <set>

namespace slipway::yaml {

namespace {

constexpr std::size_t most_levels = 100;

/// PyYAML wants a point in front of an exponent and a sign in it; nobody minds them.
std::string yaml_number(std::string number) {
    const auto exponent = number.find_first_of("eE");
    if (exponent == std::string::npos) return number;
    if (number[exponent + 1] != '-' && number[exponent + 1] != '+') number.insert(exponent + 1, "+");
    if (number.find('.') == std::string::npos) number.insert(exponent, ".0");
    return number;
}

/// What nlohmann's reader calls; false ends the reading.
class Reader {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = std::string;
    using binary_t = nlohmann::json::binary_t;

    JsonValue result;
    std::string problem;

    explicit Reader(std::size_t size) : size_(size) {}

    bool null() { return add({}); }
    bool boolean(bool value) { return add({.kind = JsonValue::Kind::boolean, .text = value ? "true" : "false"}); }
    bool number_integer(number_integer_t value) { return number(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) { return number(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& written) { return number(written); }
    bool string(string_t& value) { return add({.kind = JsonValue::Kind::text, .text = value}); }
    bool binary(binary_t&) { return false; }
    bool start_object(std::size_t) { return open(JsonValue::Kind::map); }
    bool start_array(std::size_t) { return open(JsonValue::Kind::list); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(string_t& name) {
        if (!seen_.back().insert(name).second) return fail("the key '" + visible(name) + "' stands there twice");
        open_.back().keys.push_back(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string& last, const nlohmann::detail::exception&) {
        if (!problem.empty()) return false;
        const auto why = last.empty() || position > size_ ? "it ends too early" : "'" + visible(last) + "' does not fit";
        return fail(why + " (byte " + std::to_string(position) + ")");
    }

private:
    bool fail(std::string why) {
        problem = std::move(why);
        return false;
    }
    bool number(std::string written) { return add({.kind = JsonValue::Kind::number, .text = yaml_number(std::move(written))}); }
    bool open(JsonValue::Kind kind) {
        if (open_.size() == most_levels) return fail("it has more than " + std::to_string(most_levels) + " levels");
        open_.push_back({.kind = kind});
        seen_.emplace_back();
        return true;
    }
    bool close() {
        auto value = std::move(open_.back());
        open_.pop_back();
        seen_.pop_back();
        return add(std::move(value));
    }
    bool add(JsonValue value) {
        (open_.empty() ? result : open_.back().values.emplace_back()) = std::move(value);
        return true;
    }

    std::size_t size_; ///< of the whole text
    std::vector<JsonValue> open_;
    std::vector<std::set<std::string>> seen_; ///< the keys of each open map
};

std::string write_single(const JsonValue& value, const JsonLayout& layout) {
    switch (value.kind) {
    case JsonValue::Kind::null: return "null";
        case JsonValue::Kind::text: return write_scalar(value.text, layout.texts);
    default: return value.text;
    }
}

bool is_block(const JsonValue& value) { return value.is_collection() && !value.values.empty(); }

class BlockWriter {
public:
    explicit BlockWriter(const JsonLayout& layout) : layout_(layout) {}

    void collection(const JsonValue& value, std::size_t column) {
        for (std::size_t i = 0; i < value.values.size(); ++i) {
            if (i > 0) new_line(column);
            const auto& item = value.values[i];
            if (value.kind == JsonValue::Kind::list) {
                out += "- ";
                is_block(item) ? collection(item, column + 2) : single(item);
                continue;
            }
            out += write_scalar(value.keys[i], layout_.keys) + ':';
            if (is_block(item)) {
                const auto inner = column_within(item, column, layout_);
                new_line(inner);
                collection(item, inner);
            } else {
                out += ' ';
                single(item);
            }
        }
    }

    std::string out;

private:
    void new_line(std::size_t column) {
        out += layout_.line_break;
        out.append(column, ' ');
    }
    void single(const JsonValue& value) { out += write_flow(value, layout_); }

    const JsonLayout& layout_;
};

Event scalar_event(const std::string& written, std::string value) {
    const bool quoted = written[0] == '"' || written[0] == '\'';
    return {.kind = EventKind::scalar, .tag = quoted ? "!" : "?", .value = std::move(value)};
}

void add_events(Events& events, const JsonValue& value, const JsonLayout& layout, bool flow) {
    if (value.kind == JsonValue::Kind::null) {
        events.push_back({.kind = EventKind::null});
        return;
    }
    if (!value.is_collection()) {
        const auto written = write_single(value, layout);
        events.push_back(scalar_event(written, value.kind == JsonValue::Kind::text ? value.text : written));
        return;
    }
    const bool is_map = value.kind == JsonValue::Kind::map;
    const int style = flow || value.values.empty() ? YAML::EmitterStyle::Flow : YAML::EmitterStyle::Block;
    const auto start = events.size();
    events.push_back({.kind = is_map ? EventKind::map_start : EventKind::sequence_start, .tag = "?", .layout = style});
    for (std::size_t i = 0; i < value.values.size(); ++i) {
        if (is_map) events.push_back(scalar_event(write_scalar(value.keys[i], layout.keys), value.keys[i]));
        add_events(events, value.values[i], layout, flow);
    }
    events[start].partner = events.size();
    events.push_back({.kind = is_map ? EventKind::map_end : EventKind::sequence_end});
}

} // namespace

JsonValue read_json(std::string_view json) {
    const auto fail = [](const std::string& why) {
        return misuse("cannot read the JSON value: " + why, "a string needs double quotes: '\"text\"'");
    };
    if (const auto valid = valid_utf8_length(json); valid < json.size())
        throw fail("it is no valid UTF-8 (byte " + std::to_string(valid + 1) + ")");
    Reader reader(json.size());
    if (!nlohmann::json::sax_parse(json, &reader)) throw fail(reader.problem.empty() ? "it is no JSON" : reader.problem);
    return std::move(reader.result);
}

std::string write_flow(const JsonValue& value, const JsonLayout& layout) {
    if (!value.is_collection()) return write_single(value, layout);
    const bool is_map = value.kind == JsonValue::Kind::map;
    std::string text = is_map ? "{" : "[";
    for (std::size_t i = 0; i < value.values.size(); ++i) {
        if (i > 0) text += ", ";
        if (is_map) text += write_scalar(value.keys[i], layout.keys) + ": ";
        text += write_flow(value.values[i], layout);
    }
    return text + (is_map ? '}' : ']');
}

std::string write_block(const JsonValue& value, std::size_t column, const JsonLayout& layout) {
    if (!is_block(value)) return write_flow(value, layout);
    BlockWriter writer(layout);
    writer.collection(value, column);
    return std::move(writer.out);
}

std::size_t column_within(const JsonValue& value, std::size_t column, const JsonLayout& layout) {
    return value.kind == JsonValue::Kind::list && !layout.lists_are_indented ? column : column + layout.step;
}

Events events_of(const JsonValue& value, const JsonLayout& layout, bool flow) {
    Events events;
    add_events(events, value, layout, flow);
    return events;
}

} // namespace slipway::yaml
