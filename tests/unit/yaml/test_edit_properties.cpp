#include "catch.hpp"

#include "core/error.hpp"
#include "sampling.hpp"
#include "yaml/edit.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

// Edits of generated documents. The generator knows by itself where each value stands, so it can say what the edited
// text must be, to the byte, without any reader of YAML.

using namespace slipway;
using namespace slipway::yaml;

namespace {

/// A value that can be set.
struct Target {
    KeyPath path;
    std::size_t begin;
    std::size_t end; ///< the same as `begin` for an empty value
    Style style;
    std::optional<std::string> old; ///< what a reader sees; nothing for null
    bool bare = true;               ///< without a tag that makes it a string
    std::string tail = {};          ///< the comment of a block scalar's header
};

class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::string text;
    std::vector<Target> targets;

    void document() {
        line_break_ = pick({"\n", "\n", "\r\n"});
        mixed_breaks_ = one_in(8);
        if (one_in(6)) text += "\xEF\xBB\xBF";
        if (one_in(4)) raw_line("# first line \xC3\xA9");
        if (one_in(4)) raw_line("---");
        one_in(5) ? list(0, {}, 0) : map(0, {}, 0);
        if (one_in(6))
            raw_line("...");
        else if (one_in(6) && text.back() == '\n' && !ends_in_block_)
            text.pop_back();
        if (!text.empty() && text.back() == '\r') text.pop_back();
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    /// Any string, with a taste for what is special in YAML.
    std::string value() {
        static const std::vector<std::string> pieces = {"a",
                                                        "b",
                                                        "0",
                                                        "1",
                                                        "9",
                                                        ".",
                                                        "-",
                                                        "_",
                                                        ":",
                                                        ": ",
                                                        " ",
                                                        "  ",
                                                        "#",
                                                        " #",
                                                        "'",
                                                        "\"",
                                                        "\\",
                                                        ",",
                                                        "[",
                                                        "]",
                                                        "{",
                                                        "}",
                                                        "&",
                                                        "*",
                                                        "!",
                                                        "|",
                                                        ">",
                                                        "%",
                                                        "@",
                                                        "`",
                                                        "?",
                                                        "=",
                                                        "~",
                                                        "\t",
                                                        "\n",
                                                        "\r",
                                                        "\x01",
                                                        "\x7F",
                                                        "e",
                                                        "x",
                                                        "true",
                                                        "null",
                                                        "\xC3\xA9",
                                                        "\xE2\x80\xA8",
                                                        "\xC2\x85",
                                                        "\xEF\xBB\xBF",
                                                        "\xF0\x9F\x98\x80",
                                                        "{{ .x }}",
                                                        "---",
                                                        "1.2.3",
                                                        "2024-01-15",
                                                        "sha256:"};
        std::string result;
        for (auto n = below(7); n > 0; --n)
            result += pieces[below(pieces.size())];
        return result;
    }

private:
    const char* pick(const std::vector<const char*>& choices) { return choices[below(choices.size())]; }

    std::string line_break() { return mixed_breaks_ ? pick({"\n", "\r\n"}) : line_break_; }
    void raw_line(const std::string& line) { text += line + line_break(); }
    void end_line() {
        if (one_in(4))
            text += pick({" # comment", "   #", " # \xC3\xA9: 'x'"});
        else if (one_in(6))
            text += ' ';
        text += line_break();
        ends_in_block_ = false;
    }
    void between_lines() {
        if (one_in(8)) raw_line("");
        // An indented comment behind a text block would be a line of it.
        if (one_in(8)) raw_line(ends_in_block_ ? "# comment" : pick({"# comment", "  # indented: x", "#"}));
    }

    /// A key that its map does not have yet.
    std::string key() {
        key_ = pick({"k", "key-", "a.b/", "\xC3\xBC", "a b ", "it's "}) + std::to_string(++keys_);
        const auto quotes = below(4);
        if (quotes == 0) return '"' + key_ + '"';
        if (quotes == 1 && key_.find('\'') == std::string::npos) return '\'' + key_ + '\'';
        return key_;
    }

    /// The number of an entry, from the front or from the end.
    Index entry(std::size_t i, std::size_t count) {
        return static_cast<Index>(i) - (one_in(3) ? static_cast<Index>(count) : 0);
    }

    KeyPath extended(KeyPath path, PathPart part) {
        path.push_back(std::move(part));
        return path;
    }

    void map(std::size_t indent, const KeyPath& path, int depth, bool first_inline = false) {
        for (auto n = 1 + below(4); n > 0; --n) {
            if (!first_inline) {
                between_lines();
                text += std::string(indent, ' ');
            }
            first_inline = false;
            text += key();
            const auto here = extended(path, key_);
            if (one_in(10)) text += ' ';
            text += ':';
            value_of(indent, here, depth, true);
        }
    }

    void list(std::size_t indent, const KeyPath& path, int depth) {
        const auto count = 1 + below(3);
        for (std::size_t i = 0; i < count; ++i) {
            between_lines();
            text += std::string(indent, ' ') + '-';
            value_of(indent, extended(path, entry(i, count)), depth, false);
        }
    }

    /// What follows a colon or a dash.
    void value_of(std::size_t indent, const KeyPath& path, int depth, bool of_map) {
        const auto kind = below(12);
        if (kind == 0) {
            targets.push_back({path, text.size(), text.size(), Style::plain, std::nullopt});
            end_line();
        } else if (kind <= 2 && depth < 4) {
            if (of_map) {
                end_line();
                map(indent + 1 + below(3), path, depth + 1);
            } else {
                text += ' ';
                map(indent + 2, path, depth + 1, true);
            }
        } else if (kind == 3 && depth < 4 && of_map) {
            end_line();
            list(indent + below(3), path, depth + 1);
        } else if (kind == 4) {
            text += ' ';
            flow(path, depth);
            end_line();
        } else if (kind == 5) {
            block(path, indent);
        } else {
            text += pick({" ", " ", "  ", "\t"});
            scalar(path, indent, false);
            end_line();
        }
    }

    void block(const KeyPath& path, std::size_t indent) {
        text += ' ';
        Target target{path, text.size(), 0, Style::block, "text: \xC3\xA9 # no comment"};
        const std::string header = pick({"|", ">-", "|+", "| # why"});
        text += header + line_break() + std::string(indent + 2, ' ') + *target.old;
        if (one_in(2) && header[0] == '|') {
            text += line_break() + line_break() + std::string(indent + 4, ' ') + "'more";
            *target.old += "\n\n  'more";
        }
        if (header != ">-") *target.old += '\n';
        target.end = text.size();
        target.tail = header == "| # why" ? " # why" : "";
        text += line_break();
        ends_in_block_ = true;
        // Empty lines that follow would belong to the value.
        if (header != "|+") targets.push_back(target);
    }

    void flow(const KeyPath& path, int depth) {
        const bool is_map = one_in(2);
        text += is_map ? '{' : '[';
        const auto count = below(4);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) text += pick({", ", ",", " , "});
            auto here = extended(path, entry(i, count));
            if (is_map) {
                text += key() + ": ";
                here.back() = key_;
            }
            if (depth < 5 && one_in(5))
                flow(here, depth + 1);
            else
                scalar(here, 0, true);
        }
        text += is_map ? '}' : ']';
    }

    void scalar(const KeyPath& path, std::size_t indent, bool in_flow) {
        Target target{path, 0, 0, Style::plain, std::nullopt};
        const auto property = below(14);
        if (property == 0) text += "&a" + std::to_string(++keys_) + ' ';
        if (property == 1) text += "!!str ";
        target.bare = property != 1;
        target.begin = text.size();
        const auto fold = line_break() + std::string(indent + 2, ' ');
        // yaml-cpp 0.7 ends a folded plain scalar at its first line when an anchor or a tag stands before it.
        const bool may_fold = !in_flow && property > 1;
        switch (below(may_fold ? 8 : 5)) {
        case 0:
            write(target,
                  pick({"word", "1.10", "true", "2024-01-15", "a-b/c@d", "\xC3\xA9t\xC3\xA9", "x:y", "706798e8"}),
                  Style::plain);
            break;
        case 1: write(target, "two words", Style::plain); break;
        case 2: write(target, "'it''s # \xC3\xA9: '", Style::single_quoted, "it's # \xC3\xA9: "); break;
        case 3: write(target, "\"q\\\"\\u00e9\\\\ #\"", Style::double_quoted, "q\"\xC3\xA9\\ #"); break;
        case 4: write(target, one_in(2) ? "''" : "\"\"", Style::plain, ""); break;
        case 5:
            write(target, "folded" + fold + "text" + line_break() + fold + "more", Style::plain, "folded text\nmore");
            break;
        case 6: write(target, "\"folded" + fold + "text\"", Style::double_quoted, "folded text"); break;
        default:
            write(target, pick({"~", "null"}), Style::plain);
            target.old = std::nullopt;
            target.bare = true;
            break;
        }
        if (property == 1 && !target.old) return; // a null with a tag is a string in some readers
        targets.push_back(target);
    }

    void write(Target& target, const std::string& written, Style style, std::optional<std::string> reads = {}) {
        target.style = written[0] == '\'' ? Style::single_quoted : written[0] == '"' ? Style::double_quoted : style;
        target.old = reads ? reads : written;
        text += written;
        target.end = text.size();
    }

    std::mt19937_64 random_;
    const char* line_break_ = "\n";
    bool mixed_breaks_ = false;
    bool ends_in_block_ = false;
    std::string key_;
    int keys_ = 0;
};

Edited set(const std::string& text, const std::vector<Assignment>& assignments) {
    std::vector<Operation> operations;
    for (const auto& one : assignments)
        operations.push_back({.kind = Operation::Kind::set, .path = one.path, .value = one.value});
    return edit(text, "f.yaml", operations);
}

std::string expected(const std::string& text, const Target& target, const std::string& value) {
    const bool same = target.old && *target.old == value &&
                      !(target.style == Style::plain && target.bare && may_not_be_string(value));
    if (same) return text;
    if (target.style == Style::block) return text.substr(0, target.begin) + write_scalar(value, Style::double_quoted) + target.tail + text.substr(target.end);
    const auto written = write_scalar(value, target.style);
    return text.substr(0, target.begin) + (target.begin == target.end ? " " : "") + written + text.substr(target.end);
}

/// Values that become double quoted where a text block was.
bool fits_no_block(const std::string& value) {
    if (value.empty() || value[0] == ' ' || value[0] == '\n' || value[0] == '\t' || value.back() == ' ' || value.back() == '\t') return true;
    std::string rest;
    std::copy_if(value.begin(), value.end(), std::back_inserter(rest), [](char c) { return c != '\n' && c != '\t'; });
    return needs_escapes(rest) || value.find(" \n") != std::string::npos || value.find("\t\n") != std::string::npos;
}

} // namespace

TEST_CASE("edits of generated documents change exactly the value's bytes") {
    const auto seed = sampling::seed();
    const auto count = sampling::cases(3000, 200000);
    std::size_t edits = 0;
    for (std::size_t n = 0; n < count; ++n) {
        Generator generator(seed + n);
        generator.document();
        if (generator.targets.empty()) continue;
        const auto& target = generator.targets[generator.below(generator.targets.size())];
        const auto value = generator.one_in(8) && target.old ? *target.old : generator.value();
        INFO("seed " << seed + n << "\n" << generator.text << "\n--- " << to_string(target.path) << " = " << value);
        Edited edited;
        try {
            edited = set(generator.text, {{target.path, value}});
        } catch (const Error& error) {
            FAIL(error.what());
        }
        if (target.style != Style::block || fits_no_block(value)) REQUIRE(edited.text == expected(generator.text, target, value));
        REQUIRE(edited.changes[0].old == target.old);
        // Whatever becomes of the value, nothing before and behind it changes.
        const auto behind = generator.text.substr(target.end);
        REQUIRE(edited.text.substr(0, target.begin) == generator.text.substr(0, target.begin));
        REQUIRE(edited.text.find(behind, edited.text.size() - std::min(behind.size(), edited.text.size())) != std::string::npos);
        const auto again = set(edited.text, {{target.path, value}});
        REQUIRE_FALSE(again.changed());
        REQUIRE(again.changes[0].old == value);
        ++edits;
    }
    CHECK(edits > count / 2);
}

TEST_CASE("all values of a generated document at once") {
    const auto seed = sampling::seed();
    for (std::size_t n = 0; n < sampling::cases(300, 20000); ++n) {
        Generator generator(seed + n);
        generator.document();
        std::vector<Assignment> assignments;
        for (const auto& target : generator.targets)
            assignments.push_back({target.path, generator.value()});
        if (assignments.empty()) continue;
        INFO("seed " << seed + n << "\n" << generator.text);
        const auto edited = set(generator.text, assignments);
        REQUIRE_FALSE(set(edited.text, assignments).changed());
        auto wanted = generator.text;
        bool exact = true;
        for (auto i = assignments.size(); i-- > 0;) {
            exact = exact && (generator.targets[i].style != Style::block || fits_no_block(assignments[i].value));
            wanted = expected(wanted, generator.targets[i], assignments[i].value);
        }
        if (exact) REQUIRE(edited.text == wanted);
    }
}

TEST_CASE("every value of a generated document, in each way of quoting") {
    // What a safe word, single quotes, double quotes and a text block would hold.
    const std::vector<std::string> values = {"word", "it's \"so\" # \xC3\xA9", "tab\tbell\x07", "first\n\n  second\nthird\n"};
    const auto seed = sampling::seed();
    for (std::size_t n = 0; n < sampling::cases(40, 4000); ++n) {
        Generator generator(seed + n);
        generator.document();
        for (const auto& target : generator.targets) {
            for (const auto& value : values) {
                INFO("seed " << seed + n << "\n" << generator.text << "\n--- " << to_string(target.path) << " = " << value);
                const auto edited = set(generator.text, {{target.path, value}});
                const auto back = set(edited.text, {{target.path, target.old.value_or("")}});
                REQUIRE(back.changes[0].old == value);
                REQUIRE_FALSE(set(back.text, {{target.path, target.old.value_or("")}}).changed());
                if (value == values[0] && target.style != Style::block) REQUIRE(edited.text == expected(generator.text, target, value));
            }
        }
    }
}

TEST_CASE("texts that are no YAML end in an error, whatever they are") {
    const auto seed = sampling::seed();
    for (std::size_t n = 0; n < sampling::cases(2000, 100000); ++n) {
        Generator generator(seed + n);
        generator.document();
        auto text = generator.text;
        for (auto cuts = 1 + generator.below(3); cuts > 0 && !text.empty(); --cuts) {
            if (generator.one_in(2))
                text.insert(generator.below(text.size() + 1), generator.value());
            else
                text.erase(generator.below(text.size()), generator.below(4));
        }
        const KeyPath path = generator.targets.empty() ? KeyPath{"k1"} : generator.targets.front().path;
        INFO("seed " << seed + n << "\n" << text);
        try {
            const auto edited = set(text, {{path, "value"}});
            REQUIRE(set(edited.text, {{path, "value"}}).text == edited.text);
        } catch (const Error& error) {
            REQUIRE((error.code() == ExitCode::misuse || error.code() == ExitCode::refused));
        }
    }
}
