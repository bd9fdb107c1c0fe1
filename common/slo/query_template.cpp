#include "slo/query_template.hpp"

#include "core/text.hpp"
#include "prometheus/expression_place.hpp"

namespace slipway::slo {

namespace {

std::string names_of(const TemplateValues& values) {
    std::vector<std::string> names;
    for (const auto& value : values) names.push_back(value.first);
    return join(names, ", ");
}

/// Blanks that `{{-` and `-}}` take away.
void trim_end(std::string& text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) text.pop_back();
}

class Splitter {
public:
    Splitter(const Fields& fields, const TemplateValues& values, std::string text, prometheus::ExpressionPlace place)
        : fields_(fields), values_(values), text_(std::move(text)), place_(std::move(place)) {}

    WindowedQuery split() {
        std::size_t done = 0;
        while (right_) {
            const auto open = text_.find("{{", done);
            if (open == std::string::npos) break;
            const auto close = text_.find("}}", open);
            if (close == std::string::npos) {
                complain(open, "'{{' is not closed by '}}'", "");
                break;
            }
            literal(done, open);
            done = action(open, close);
        }
        if (!right_) return {};
        literal(done, text_.size());
        // A comment at its end must not hide what comes to stand behind the query.
        if (text_.find('#') != std::string::npos) pieces_.push_back({"\n", text_.size(), false});
        return {std::move(pieces_), std::move(text_), std::move(place_)};
    }

private:
    void literal(std::size_t begin, std::size_t end) {
        if (begin < end) pieces_.push_back({text_.substr(begin, end - begin), begin, false});
    }

    /// @return where the text behind it begins
    std::size_t action(std::size_t open, std::size_t close) {
        std::string_view inside = std::string_view(text_).substr(open + 2, close - open - 2);
        auto behind = close + 2;
        if (inside.size() > 1 && inside.front() == '-' && inside[1] == ' ') {
            inside.remove_prefix(1);
            if (!pieces_.empty() && !pieces_.back().hole) trim_end(pieces_.back().text);
        }
        if (inside.size() > 1 && inside.back() == '-' && inside[inside.size() - 2] == ' ') {
            inside.remove_suffix(1);
            behind = std::min(text_.find_first_not_of(" \t\r\n", behind), text_.size());
        }
        const auto name = trim(inside);
        const auto found = values_.find(name);
        if (found == values_.end()) {
            std::vector<std::string> names;
            for (const auto& value : values_) names.push_back(value.first);
            const bool without_dot = values_.find("." + std::string(name)) != values_.end();
            const auto meant = closest(name, names);
            complain(open, "'{{" + visible(std::string_view(text_).substr(open + 2, close - open - 2)) + "}}' is not known here",
                     without_dot ? "a dot goes in front: {{ ." + std::string(name) + " }}" : meant ? "did you mean {{ " + *meant + " }}?" : "known are " + names_of(values_));
        } else if (found->second) {
            if (!found->second->empty()) pieces_.push_back({*found->second, open, false});
        } else {
            pieces_.push_back({{}, open, true});
        }
        return behind;
    }

    void complain(std::size_t offset, std::string message, std::string hint) {
        right_ = false;
        fields_.problems().push_back({.message = "wrong template: " + std::move(message), .place = place_.at(text_, offset), .hint = std::move(hint), .id = "template"});
    }

    const Fields& fields_;
    const TemplateValues& values_;
    std::string text_;
    prometheus::ExpressionPlace place_;
    std::vector<WindowedQuery::Piece> pieces_;
    bool right_ = true;
};

} // namespace

WindowedQuery read_query(const Fields& fields, std::string_view key, Need need, const TemplateValues& values, const std::vector<std::string_view>& lines) {
    std::string text(trim(fields.text(key, need)));
    if (text.empty()) return {};
    auto place = prometheus::expression_place(fields.tree(), fields.tree().resolved(fields.node(key)), text, lines);
    return Splitter(fields, values, std::move(text), std::move(place)).split();
}

} // namespace slipway::slo
