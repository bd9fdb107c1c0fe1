#include "yaml/json_form.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace slipway::yaml {

namespace {

constexpr std::size_t most_aliased = 100'000;
constexpr std::size_t deepest = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at]))
        ++at;
    return at;
}

/// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?, of a size that fits
bool is_json_number(std::string_view text) {
    const std::size_t start = text.substr(0, 1) == "-" ? 1 : 0;
    auto at = skip_digits(text, start);
    if (at == start || (text[start] == '0' && at > start + 1)) return false;
    const auto some_digits = [&] {
        const auto end = skip_digits(text, at);
        const bool some = end > at;
        at = end;
        return some;
    };
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (!some_digits()) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        if (!some_digits()) return false;
    }
    // 8626e638 is a commit's hash, and too large for those who read it as a number.
    return at == text.size() && std::isfinite(std::strtod(std::string(text).c_str(), nullptr));
}

std::string json_text(std::string_view text) { return '"' + json_escape(text) + '"'; }

class JsonWriter {
public:
    explicit JsonWriter(const Document& document) : document_(document), events_(document.events) {}

    std::string write(std::size_t node) {
        value(node);
        return std::move(json_);
    }

private:
    void value(std::size_t node) {
        const auto& event = events_[node];
        if (aliases_ > 0 && ++aliased_ > most_aliased) fail(node, "its aliases make too much of it");
        if (++depth_ > deepest) fail(node, "it is nested too deeply");
        switch (event.kind) {
        case EventKind::alias: alias(node); break;
        case EventKind::sequence_start: list(node); break;
        case EventKind::map_start: map(node); break;
        case EventKind::scalar: json_ += is_bare_word(event) ? event.value : json_text(event.value); break;
        default: json_ += "null"; break;
        }
        --depth_;
    }

    void alias(std::size_t node) {
        const auto target = anchored(events_, node);
        if (target == node || (events_[target].is_start() && events_[target].partner > node)) fail(node, "the alias stands in what it means");
        ++aliases_;
        value(target);
        --aliases_;
    }

    void list(std::size_t node) {
        json_ += '[';
        for (auto at = node + 1; at != events_[node].partner; at = behind(events_, at)) {
            if (at != node + 1) json_ += ',';
            value(at);
        }
        json_ += ']';
    }

    void map(std::size_t node) {
        json_ += '{';
        for (auto at = node + 1; at != events_[node].partner;) {
            if (at != node + 1) json_ += ',';
            key(at);
            json_ += ':';
            at = behind(events_, at);
            value(at);
            at = behind(events_, at);
        }
        json_ += '}';
    }

    void key(std::size_t node) {
        if (events_[node].kind == EventKind::scalar) {
            json_ += json_text(events_[node].value);
            return;
        }
        std::string before;
        std::swap(before, json_);
        value(node);
        std::swap(before, json_);
        json_ += json_text(before);
    }

    static bool is_bare_word(const Event& event) {
        const bool may_be = event.tag == "?" || event.tag == "tag:yaml.org,2002:int" || event.tag == "tag:yaml.org,2002:float" ||
                            event.tag == "tag:yaml.org,2002:bool";
        return may_be && (event.value == "true" || event.value == "false" || is_json_number(event.value));
    }

    [[noreturn]] void fail(std::size_t node, const std::string& why) const {
        throw Error(ExitCode::misuse, Diagnostic{.message = "cannot show the value: " + why, .place = document_.place(node)});
    }

    const Document& document_;
    const Events& events_;
    std::string json_;
    std::size_t aliases_ = 0; ///< how many are around the value
    std::size_t aliased_ = 0;
    std::size_t depth_ = 0;
};

} // namespace

std::string json_of(const Document& document, std::size_t node) { return JsonWriter(document).write(node); }

std::string json_of(const JsonValue& value) {
    const bool is_map = value.kind == JsonValue::Kind::map;
    switch (value.kind) {
    case JsonValue::Kind::null: return "null";
    case JsonValue::Kind::text: return json_text(value.text);
    case JsonValue::Kind::list:
    case JsonValue::Kind::map: break;
    default: return value.text;
    }
    std::string json(1, is_map ? '{' : '[');
    for (std::size_t i = 0; i < value.values.size(); ++i) {
        if (i > 0) json += ',';
        if (is_map) json += json_text(value.keys[i]) + ':';
        json += json_of(value.values[i]);
    }
    return json + (is_map ? '}' : ']');
}

} // namespace slipway::yaml
