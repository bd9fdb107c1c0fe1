#include "rendering/values.hpp"

#include "core/text.hpp"
#include "yaml/events.hpp"

#include <algorithm>

namespace slipway::rendering {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t deepest = 100;

/// Numbers with more digits change when they become binary.
/// @source IEEE 754: a double keeps 15 decimal digits
constexpr std::size_t most_digits = 15;

[[noreturn]] void fail(std::string_view text, const std::string& file, std::size_t offset, const std::string& why, std::string hint = {}) {
    throw Error(ExitCode::misuse, Diagnostic{.message = why, .place = place_of(text, file, offset), .hint = std::move(hint)});
}

std::size_t digits_of(std::string_view number) {
    const auto mantissa = number.substr(0, number.find_first_of("eE"));
    std::size_t count = 0;
    for (const char c : mantissa) count += (c >= '1' && c <= '9') || (c == '0' && count > 0) ? 1 : 0;
    return count;
}

/// Reads JSON, and finds what would not survive: numbers that change, keys that are there twice, depth without end.
class Checker final : public nlohmann::json_sax<Json> {
public:
    std::string problem;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& text) override { return number(text); }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool key(string_t& name) override { return keys_.back().insert(name).second || fail_with("the key '" + visible(name) + "' is there twice"); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        return fail_with("it is no JSON at character " + std::to_string(std::max<std::size_t>(position, 1)));
    }

private:
    bool fail_with(std::string why) {
        problem = std::move(why);
        return false;
    }
    bool number(const std::string& text) {
        return digits_of(text) <= most_digits || fail_with("the number " + text + " has more than " + std::to_string(most_digits) + " digits, of which readers keep some only");
    }
    bool open() {
        keys_.emplace_back();
        return keys_.size() <= deepest || fail_with("lists and objects lie too deep in each other");
    }
    bool close() {
        keys_.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> keys_;
};

std::string text_form(const Json& json) { return json.is_string() ? json.get<std::string>() : json.dump(); }

/// A word of YAML or JSON that has a type of its own and reads back as the same word.
std::optional<Json> typed(const std::string& word) {
    const auto json = Json::parse(word, nullptr, false);
    const bool plain = json.is_boolean() || (json.is_number() && digits_of(word) <= most_digits);
    return plain && json.dump() == word ? std::optional(json) : std::nullopt;
}

class YamlValues {
public:
    YamlValues(std::string_view text, const std::string& file) : text_(text), file_(file), events_(yaml::read_events(text, file)) {}

    std::map<std::string, Value> read() {
        if (events_.empty() || events_[1].kind == yaml::EventKind::null) return {};
        if (events_[0].partner + 1 != events_.size()) fail(text_, file_, events_[events_[0].partner + 1].offset, "values in several documents", "one document is read");
        at_ = 1;
        if (event().kind != yaml::EventKind::map_start) fail(text_, file_, event().offset, "no map of names and values");
        std::map<std::string, Value> values;
        for (++at_; event().kind != yaml::EventKind::map_end;) {
            const auto begin = event().offset;
            const auto name = key();
            Value value{.source = file_};
            if (event().kind == yaml::EventKind::null) fail(text_, file_, begin, name + " has no value", "an empty one is written \"\"");
            auto json = read_json(0);
            value.text = text_form(json);
            if (!json.is_string()) value.json = std::make_shared<const Json>(std::move(json));
            if (!values.emplace(name, std::move(value)).second) fail(text_, file_, begin, name + " is there twice");
        }
        return values;
    }

private:
    const yaml::Event& event() const { return events_[at_]; }

    std::string key() {
        if (event().kind != yaml::EventKind::scalar) fail(text_, file_, event().offset, "a key that is no text");
        return events_[at_++].value;
    }

    Json read_json(std::size_t depth) {
        const auto& here = event();
        if (depth > deepest) fail(text_, file_, here.offset, "lists and maps lie too deep in each other");
        switch (here.kind) {
        case yaml::EventKind::null: ++at_; return nullptr;
        case yaml::EventKind::scalar: {
            ++at_;
            auto json = here.tag == "?" ? typed(here.value) : std::nullopt;
            return json ? *json : Json(here.value);
        }
        case yaml::EventKind::sequence_start: {
            auto list = Json::array();
            for (++at_; event().kind != yaml::EventKind::sequence_end;) list.push_back(read_json(depth + 1));
            ++at_;
            return list;
        }
        case yaml::EventKind::map_start: {
            auto map = Json::object();
            for (++at_; event().kind != yaml::EventKind::map_end;) {
                const auto begin = event().offset;
                const auto name = key();
                if (map.contains(name)) fail(text_, file_, begin, name + " is there twice");
                map[name] = read_json(depth + 1);
            }
            ++at_;
            return map;
        }
        default: fail(text_, file_, here.offset, "an alias in a file of values", "write the value itself");
        }
    }

    std::string_view text_;
    const std::string& file_;
    yaml::Events events_;
    std::size_t at_ = 0;
};

std::map<std::string, Value> read_json_values(const std::string& path, std::string_view text) {
    Value all;
    try {
        all = json_value(text, path);
    } catch (const Error& error) {
        throw Error(ExitCode::misuse, Diagnostic{.message = "cannot read values: " + std::string(error.what()), .place = {path}});
    }
    if (!all.json || !all.json->is_object()) throw Error(ExitCode::misuse, Diagnostic{.message = "cannot read values: no object of names and values", .place = {path}});
    std::map<std::string, Value> values;
    for (const auto& [name, json] : all.json->items()) {
        if (json.is_null()) throw Error(ExitCode::misuse, Diagnostic{.message = name + " has no value (null)", .place = {path}, .hint = "an empty one is written \"\""});
        values[name] = {.text = text_form(json), .json = json.is_string() ? nullptr : std::make_shared<const Json>(json), .source = path};
    }
    return values;
}

/// NAME=value lines, where a quoted value may go on over several.
class EnvValues {
public:
    EnvValues(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    std::map<std::string, Value> read() {
        std::map<std::string, Value> values;
        for (skip_empty(); at_ < text_.size(); skip_empty()) {
            const auto begin = at_;
            const auto name = read_name();
            std::string value = read_value();
            if (!values.emplace(name, Value{.text = std::move(value), .source = file_}).second) fail(text_, file_, begin, name + " is there twice");
        }
        return values;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool at_end_of_line() const { return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n"; }

    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }

    /// Skips blank lines and comments.
    void skip_empty() {
        for (;;) {
            while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
            if (peek() != '#') return;
            at_ = std::min(text_.find('\n', at_), text_.size());
        }
    }

    std::string read_name() {
        if (text_.substr(at_, 7) == "export ") at_ += 7;
        skip_blanks();
        const auto length = name_length(text_.substr(at_));
        const std::string name(text_.substr(at_, length));
        if (length == 0 || text_.substr(at_ + length, 1) != "=") fail(text_, file_, at_, "no NAME=value", "blanks around the equals sign are not allowed, as in a shell");
        at_ += length + 1;
        return name;
    }

    std::string read_value() {
        const char quote = peek();
        if (quote == '"' || quote == '\'') return quoted(quote);
        const auto begin = at_;
        at_ = std::min(text_.find('\n', at_), text_.size());
        const auto value = trim(text_.substr(begin, at_ - begin));
        if (const auto comment = value.find(" #"); comment != std::string_view::npos || value.find("\t#") != std::string_view::npos) {
            fail(text_, file_, begin, "a value with a comment, or a value that holds ' #': readers do not agree", "put the value into quotes");
        }
        return std::string(value);
    }

    std::string quoted(char quote) {
        const auto begin = at_++;
        std::string value;
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
            if (quote == '\'' || text_[at_] != '\\') {
                value += text_[at_];
                continue;
            }
            const auto escape = std::string_view("nrt\"\\$").find(next);
            if (next == '\0' || escape == std::string_view::npos) fail(text_, file_, at_, "an escape that is none", "known are \\n \\r \\t \\\" \\\\ and \\$; single quotes have no escapes");
            value += "\n\r\t\"\\$"[escape];
            ++at_;
        }
        if (at_ >= text_.size()) fail(text_, file_, begin, "a quote without its partner");
        ++at_;
        skip_blanks();
        if (!at_end_of_line() && peek() != '#') fail(text_, file_, at_, "something behind a quoted value");
        at_ = std::min(text_.find('\n', at_), text_.size());
        return value;
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
};

} // namespace

Value json_value(std::string_view json, std::string source) {
    if (!is_valid_utf8(json)) throw misuse("it is no valid UTF-8");
    Checker checker;
    Json::sax_parse(json.begin(), json.end(), &checker);
    if (!checker.problem.empty()) throw misuse(checker.problem);
    auto parsed = Json::parse(json);
    auto text = text_form(parsed);
    return {.text = std::move(text), .json = std::make_shared<const Json>(std::move(parsed)), .source = std::move(source)};
}

std::map<std::string, Value> read_values(const std::string& path, std::string_view text) {
    const auto ends_in = [&](std::string_view ending) { return path.size() > ending.size() && path.compare(path.size() - ending.size(), ending.size(), ending) == 0; };
    if (ends_in(".json")) return read_json_values(path, text);
    if (ends_in(".yaml") || ends_in(".yml")) return YamlValues(text, path).read();
    if (ends_in(".env") || path == ".env") return EnvValues(text, path).read();
    throw misuse("cannot read values from " + path + ": its name ends in none of .yaml, .yml, .json and .env");
}

} // namespace slipway::rendering
