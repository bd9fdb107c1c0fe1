#include "template.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::render_jobspec {

namespace {

bool is_upper(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the NAME at the front of `text`; 0 when there is none.
std::size_t name_length(std::string_view text) {
    if (text.empty() || !is_upper(text[0])) return 0;
    std::size_t length = 1;
    while (length < text.size() && (is_upper(text[length]) || is_digit(text[length]))) ++length;
    return length;
}

/// Whether the end of this line's beginning lies within a quoted string.
bool within_quotes(std::string_view line_so_far) {
    bool quoted = false;
    for (std::size_t i = 0; i < line_so_far.size(); ++i) {
        if (line_so_far[i] == '\\' && quoted) ++i;
        else if (line_so_far[i] == '"') quoted = !quoted;
    }
    return quoted;
}

/// Why a value must not stand at its place; empty when it may.
std::string why_unfit(std::string_view value, bool quoted) {
    if (!is_valid_utf8(value)) return "it is no valid UTF-8";
    if (value.find("${") != std::string_view::npos || value.find("%{") != std::string_view::npos) {
        return "it holds a template sequence, which Nomad would evaluate";
    }
    if (!value.empty() && (value.back() == '$' || value.back() == '%')) {
        return "it ends in '" + std::string(1, value.back()) + "', which could begin a template sequence";
    }
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(value.begin(), value.end(), control)) return "it holds a line break or another control character";
    if (quoted) {
        if (value.find_first_of("\"\\") != std::string_view::npos) return "it holds a quote or a backslash, which would change the string around it";
        return {};
    }
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@+-";
    if (value.find_first_not_of(plain) != std::string_view::npos) return "outside of quotes it may only hold letters, digits and _.:/@+-";
    return {};
}

class Renderer {
public:
    Renderer(std::string_view text, const std::string& file, const Lookup& lookup)
        : text_(text), file_(file), lookup_(lookup) {}

    Rendered render() {
        while (at_ < text_.size()) {
            const auto dollar = text_.find('$', at_);
            copy_until(std::min(dollar, text_.size()));
            if (at_ == text_.size()) break;
            const auto end = std::min(text_.find_first_not_of('$', at_), text_.size());
            if (end - at_ > 1 || end == text_.size() || text_[end] != '{') copy_until(end); // an escape, or a bare $
            else expression();
        }
        if (!missing_.empty()) throw Error(ExitCode::misuse, std::move(missing_));
        if (!unfit_.empty()) throw Error(ExitCode::refused, std::move(unfit_));
        return std::move(result_);
    }

private:
    void copy_until(std::size_t end) {
        result_.text += text_.substr(at_, end - at_);
        at_ = end;
    }

    /// At "${".
    void expression() {
        const auto inside = text_.substr(at_ + 2);
        const auto length = name_length(inside);
        const std::string name(inside.substr(0, length));
        const char next = length < inside.size() ? inside[length] : '\0';
        if (length == 0 || name.substr(0, 6) == "NOMAD_" || std::string_view("}:-=?+#%/^,").find(next) == std::string_view::npos) {
            copy_until(at_ + 2);
        } else if (next == '}') {
            substitute(name);
            at_ += 2 + length + 1;
        } else {
            missing_.push_back({.message = "cannot render ${" + name + next + "...}: operators are not supported",
                                .place = place(),
                                .hint = "write ${" + name + "}, and give the default with --set"});
            copy_until(at_ + 2);
        }
    }

    /// Whether the value, or what follows an empty one, completes a template sequence that the text before it begins.
    bool joins(std::string_view value, std::size_t end) const {
        if (result_.text.empty() || (result_.text.back() != '$' && result_.text.back() != '%')) return false;
        return value.empty() ? end < text_.size() && text_[end] == '{' : value[0] == '{';
    }

    void substitute(const std::string& name) {
        const auto value = lookup_(name);
        if (!value) {
            missing_.push_back({.message = "no value for ${" + name + "}",
                                .place = place(),
                                .hint = "give it with --set " + name + "=... or as an environment variable; $${" + name + "} stays as it is"});
            return;
        }
        const auto line_start = text_.rfind('\n', at_) + 1;
        const bool quoted = within_quotes(text_.substr(line_start, at_ - line_start));
        auto why = why_unfit(*value, quoted);
        if (why.empty() && joins(*value, at_ + name.size() + 3)) why = "together with the text around it, it makes a template sequence";
        if (!why.empty()) {
            unfit_.push_back({.message = "the value of ${" + name + "} is refused: " + why, .place = place()});
            return;
        }
        result_.names.insert(name);
        result_.text += *value;
    }

    Place place() const {
        const auto before = text_.substr(0, at_);
        const auto line_start = before.rfind('\n') + 1; // npos + 1 is 0
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        return {file_, static_cast<int>(line), static_cast<int>(characters_before(before.substr(line_start), at_ - line_start)) + 1};
    }

    std::string_view text_;
    const std::string& file_;
    const Lookup& lookup_;
    std::size_t at_ = 0;
    Rendered result_;
    std::vector<Diagnostic> missing_;
    std::vector<Diagnostic> unfit_;
};

} // namespace

bool is_placeholder_name(std::string_view name) { return !name.empty() && name_length(name) == name.size(); }

Rendered render(std::string_view text, const std::string& file, const Lookup& lookup) {
    return Renderer(text, file, lookup).render();
}

} // namespace slipway::render_jobspec
