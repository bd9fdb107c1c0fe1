#include "update-gitops-values/files/env_file.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "update-gitops-values/files/operations.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using Kind = yaml::Operation::Kind;

constexpr std::string_view blanks = " \t";

enum class Quote : char { none = 0, single = '\'', twofold = '"' };

/// One `NAME=VALUE`; offsets are bytes.
struct Variable {
    std::size_t line = 0;  ///< where its line begins
    std::size_t name = 0;
    std::size_t value = 0; ///< its opening quote included
    std::size_t end = 0;   ///< behind the value and its closing quote
    std::size_t next = 0;  ///< behind the line break
    std::string key = {};
    std::string text = {}; ///< of the value, without quotes, escapes as they are written
    Quote quote = Quote::none;
    bool exported = false;
    bool bare = false;        ///< a name alone, whose value comes from elsewhere
    std::string unclear = {}; ///< why readers disagree on where the value ends; empty: they do not
};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }
bool is_odd_name_part(char c) { return c == '.' || c == '-'; } // in dotenv and compose, not in shells

bool is_plain(char c) {
    constexpr std::string_view marks = "./:@+,-";
    return is_name_part(c) || marks.find(c) != std::string_view::npos;
}

/// Whether all readers see this value when it is written so.
bool fits(std::string_view value, Quote quote) {
    switch (quote) {
    case Quote::none: return std::all_of(value.begin(), value.end(), is_plain);
    case Quote::single: return value.find('\'') == std::string_view::npos;
    default: return value.find_first_of("\"\\$`") == std::string_view::npos;
    }
}

/// Why no form of this value is read alike everywhere; empty: there may be one.
std::string why_unfit(std::string_view value) {
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
    if (value.find('\n') != std::string_view::npos || value.find('\r') != std::string_view::npos) return "it has several lines";
    if (std::any_of(value.begin(), value.end(), is_control)) return "it has control characters";
    if (value.find("${") != std::string_view::npos) return "it has ${, which python-dotenv replaces even within single quotes";
    if (value.find("\\\\") != std::string_view::npos || (!value.empty() && value.back() == '\\')) {
        return "it has two backslashes, or one at its end, which python-dotenv takes for an escape even within single quotes";
    }
    return {};
}

/// Reads all variables of a file; comments and blank lines are left out.
class Reader {
public:
    Reader(std::string_view text, const std::string& file) : text_(text), places_(text, file) {}

    std::vector<Variable> read() {
        check_bytes();
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
        while (at_ < text_.size()) line();
        if (!problems_.empty()) throw Error(ExitCode::misuse, std::move(problems_));
        return std::move(variables_);
    }

private:
    void check_bytes() {
        const auto fail = [&](std::size_t offset, const std::string& why) {
            throw Error(ExitCode::misuse, Diagnostic{.message = "wrong .env file: " + why, .place = places_.at(offset)});
        };
        if (const auto valid = valid_utf8_length(text_); valid < text_.size()) fail(valid, "a byte that is no UTF-8");
        if (const auto nul = text_.find('\0'); nul != std::string_view::npos) fail(nul, "a NUL byte");
        for (auto at = text_.find('\r'); at != std::string_view::npos; at = text_.find('\r', at + 1)) {
            if (text_.substr(at + 1, 1) != "\n") fail(at, "a carriage return without a line feed");
        }
    }

    void line() {
        Variable variable{.line = at_, .name = skip_blanks(at_)};
        const auto end = line_end(at_);
        at_ = std::min(text_.size(), text_.find('\n', at_)) + 1;
        variable.next = std::min(at_, text_.size());
        if (variable.name >= end || text_[variable.name] == '#') return;
        constexpr std::string_view export_word = "export";
        if (const auto behind = variable.name + export_word.size(); text_.substr(variable.name, export_word.size()) == export_word && skip_blanks(behind) > behind) {
            variable.exported = true;
            variable.name = skip_blanks(behind);
        }
        auto name_end = variable.name;
        if (name_end < end && is_name_start(text_[name_end])) {
            while (name_end < end && (is_name_part(text_[name_end]) || is_odd_name_part(text_[name_end]))) ++name_end;
        }
        variable.key = text_.substr(variable.name, name_end - variable.name);
        const auto equals = skip_blanks(name_end);
        variable.bare = equals >= end || text_[equals] == '#';
        if (variable.key.empty() || (!variable.bare && text_[equals] != '=')) {
            return fail(variable.line, "'" + visible(shortened(text_.substr(variable.line, end - variable.line))) + "' is no NAME=VALUE", "a comment begins with #");
        }
        if (!variable.bare) value(variable, equals + 1, end);
        variables_.push_back(std::move(variable));
    }

    void value(Variable& variable, std::size_t begin, std::size_t end) {
        variable.value = skip_blanks(begin);
        const char first = variable.value < end ? text_[variable.value] : '\0';
        if (first == '\'' || first == '"') return quoted(variable, first);
        const auto content = text_.substr(variable.value, end > variable.value ? end - variable.value : 0);
        // A comment begins behind a blank. Right behind the equals sign, shells take it for a part of the value.
        auto length = content.size();
        for (auto hash = content.find('#'); hash != std::string_view::npos; hash = content.find('#', hash + 1)) {
            if (hash == 0 ? variable.value == begin : blanks.find(content[hash - 1]) == std::string_view::npos) continue;
            length = hash;
            break;
        }
        variable.text = trim(content.substr(0, length));
        if (variable.text.empty()) variable.value = begin;
        variable.end = variable.value + variable.text.size();
    }

    void quoted(Variable& variable, char quote) {
        auto close = variable.value + 1;
        while (close < text_.size() && text_[close] != quote) close += text_[close] == '\\' && quote == '"' ? 2 : 1;
        if (close >= text_.size()) return fail(variable.value, "the quote that begins here is not closed");
        variable.quote = Quote{quote};
        variable.text = text_.substr(variable.value + 1, close - variable.value - 1);
        variable.end = close + 1;
        const auto end = line_end(variable.end);
        const auto rest = skip_blanks(variable.end);
        if (rest < end && (text_[rest] != '#' || rest == variable.end)) variable.unclear = "something follows its closing quote";
        if (quote == '\'' && !variable.text.empty() && variable.text.back() == '\\') variable.unclear = "a backslash stands in front of its closing quote";
        at_ = std::min(text_.size(), text_.find('\n', variable.end)) + 1;
        variable.next = std::min(at_, text_.size());
    }

    std::size_t skip_blanks(std::size_t at) const { return std::min(text_.size(), text_.find_first_not_of(blanks, at)); }

    /// Without the line break.
    std::size_t line_end(std::size_t at) const {
        const auto end = std::min(text_.size(), text_.find('\n', at));
        return end > at && text_[end - 1] == '\r' ? end - 1 : end;
    }

    static std::string shortened(std::string_view line) {
        constexpr std::size_t most = 60;
        if (line.size() <= most) return std::string(line);
        line = line.substr(0, most);
        return std::string(line.substr(0, valid_utf8_length(line))) + "...";
    }

    void fail(std::size_t offset, const std::string& why, std::string hint = {}) {
        constexpr std::size_t most = 20; // of a file that is something else altogether
        if (problems_.size() < most) problems_.push_back({.message = "wrong line: " + why, .place = places_.at(offset), .hint = std::move(hint)});
    }

    std::string_view text_;
    Places places_;
    std::vector<Variable> variables_;
    std::vector<Diagnostic> problems_;
    std::size_t at_ = 0;
};

class EnvEditor {
public:
    EnvEditor(std::string_view text, const std::string& file) : text_(text), file_(file), variables_(Reader(text_, file_).read()) {}

    const std::string& text() const { return text_; }

    yaml::Change apply(const yaml::Operation& operation) {
        check_operation(operation, file_);
        const auto& name = name_of(operation);
        yaml::Change change{.path = to_string(operation.path), .old = {}, .value = {}, .place = {file_}};
        const auto found = find(operation, name);
        if (found) {
            const auto& old = variables_[*found];
            change.place = place(old);
            if (!old.unclear.empty()) refuse(operation, old.unclear + ", and readers disagree on the value", change.place, "write NAME='VALUE' by hand, once");
            if (!old.bare) change.old_json = json_string(old.text);
            if (!old.text.empty()) change.old = old.text;
        }
        if (operation.kind == Kind::remove) {
            if (found) remove(operation, change, *found);
            return change;
        }
        change.value = operation.value;
        change.new_json = json_string(operation.value);
        if (found) set(operation, change, *found);
        else create(operation, change, name);
        return change;
    }

private:
    const std::string& name_of(const yaml::Operation& operation) const {
        if (operation.kind != Kind::set && operation.kind != Kind::remove) {
            throw Error(ExitCode::misuse, problem_of(operation, "the variables of an .env file are texts", {file_}, "use --set NAME=VALUE"));
        }
        if (operation.path.size() != 1 || !std::holds_alternative<std::string>(operation.path[0])) {
            throw Error(ExitCode::misuse, problem_of(operation, "a path in an .env file is the name of a variable", {file_},
                                                     "a name with dots stands in double quotes: \"a.b\"=VALUE"));
        }
        return std::get<std::string>(operation.path[0]);
    }

    std::optional<std::size_t> find(const yaml::Operation& operation, const std::string& name) const {
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < variables_.size(); ++i) {
            if (variables_[i].key != name) continue;
            if (found) {
                refuse(operation,
                       "it stands there twice, in the lines " + std::to_string(place(variables_[*found]).line) + " and " + std::to_string(place(variables_[i]).line),
                       place(variables_[i]), "take one of them out");
            }
            found = i;
        }
        return found;
    }

    void set(const yaml::Operation& operation, yaml::Change& change, std::size_t index) {
        const auto& old = variables_[index];
        if (old.bare) refuse(operation, "it has a name and no value, which comes from the environment", change.place, "write " + old.key + "= into the file");
        if (old.text == operation.value && why_unfit(old.text).empty() && fits(old.text, old.quote)) return;
        change.changed = true;
        auto next = old;
        const auto written = write(operation, change, old.quote, next);
        commit(operation, spliced(text_, old.value, old.end, written), index, {std::move(next)});
    }

    void create(const yaml::Operation& operation, yaml::Change& change, const std::string& name) {
        if (!operation.create) {
            std::vector<std::string> names;
            for (const auto& variable : variables_) names.push_back(variable.key);
            const auto meant = closest(name, names);
            refuse(operation, "the file has no variable of that name", change.place, meant ? "did you mean " + visible(*meant) + "?" : "--create adds it");
        }
        if (name.empty() || !is_name_start(name[0]) || !std::all_of(name.begin(), name.end(), is_name_part)) {
            refuse(operation, "that is no name of a variable", change.place, "letters, digits and _, and no digit in front");
        }
        change.changed = true;
        Variable added{.key = name, .exported = !variables_.empty() && variables_.back().exported};
        auto line = (added.exported ? "export " : "") + name + '=' + write(operation, change, Quote::none, added);
        const auto line_break = line_break_near(text_, text_.size());
        const bool complete = text_.empty() || text_ == "\xEF\xBB\xBF" || text_.back() == '\n';
        line = complete ? line + std::string(line_break) : std::string(line_break) + line;
        commit(operation, text_ + line, variables_.size(), {std::move(added)});
    }

    void remove(const yaml::Operation& operation, yaml::Change& change, std::size_t index) {
        change.changed = true;
        const auto& old = variables_[index];
        auto begin = old.line;
        // A last line without a line break takes the one in front of it along, so that the file still ends without.
        if (old.next == text_.size() && text_.back() != '\n' && begin > 0 && text_[begin - 1] == '\n') {
            begin -= begin > 1 && text_[begin - 2] == '\r' ? 2 : 1;
        }
        commit(operation, spliced(text_, begin, old.next, {}), index, {});
    }

    /// The value with its quotes: those that it had, if they do.
    std::string write(const yaml::Operation& operation, const yaml::Change& change, Quote before, Variable& variable) const {
        const auto& value = operation.value;
        auto why = why_unfit(value);
        for (const auto quote : {before, Quote::none, Quote::single, Quote::twofold}) {
            if (!why.empty() || !fits(value, quote) || (quote == Quote::none && before != Quote::none)) continue;
            variable.text = value;
            variable.quote = quote;
            const auto mark = quote == Quote::none ? std::string() : std::string(1, static_cast<char>(quote));
            return mark + value + mark;
        }
        if (why.empty()) why = "it has a single quote, and one of \" \\ $ ` as well";
        refuse(operation, "readers of such files do not agree on the value: " + why, change.place, "put it into a file of its own, or encode it");
    }

    /// Takes the change over when all other variables read as before. @param with  instead of the one at `index`, if there is one
    void commit(const yaml::Operation& operation, std::string text, std::size_t index, const std::vector<Variable>& with) {
        auto now = read_again(operation, text);
        auto expected = variables_;
        const bool is_new = index == variables_.size();
        const auto at = expected.begin() + static_cast<std::ptrdiff_t>(index);
        expected.insert(is_new ? at : expected.erase(at), with.begin(), with.end());
        const auto is_same = [](const Variable& a, const Variable& b) {
            return a.key == b.key && a.text == b.text && a.quote == b.quote && a.exported == b.exported && a.bare == b.bare && a.unclear == b.unclear;
        };
        if (!std::equal(now.begin(), now.end(), expected.begin(), expected.end(), is_same)) throw doubtful_result(operation, file_);
        text_ = std::move(text);
        variables_ = std::move(now);
    }

    std::vector<Variable> read_again(const yaml::Operation& operation, const std::string& text) const {
        try {
            return Reader(text, file_).read();
        } catch (const Error&) {
            throw doubtful_result(operation, file_);
        }
    }

    Place place(const Variable& variable) const { return place_of(text_, file_, variable.name); }

    std::string text_;
    const std::string& file_;
    std::vector<Variable> variables_;
};

} // namespace

yaml::Edited edit_env(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations) {
    EnvEditor editor(text, file);
    return apply_all(editor, operations);
}

} // namespace slipway::update_gitops_values
