#include "push-rules/check/dashboard.hpp"

#include "push-rules/check/contract.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace slipway::push_rules {

namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Whether a data source is Prometheus, or may be: a variable, or the one that is used unless somebody says otherwise.
bool may_be_prometheus(const json& owner) {
    if (!owner.is_object()) return true;
    const auto found = owner.find("datasource");
    if (found == owner.end() || found->is_null()) return true;
    if (found->is_object()) {
        const auto type = text_at(*found, "type");
        return type.empty() || type == "prometheus" || type == "datasource" || type.find("prometheus") != std::string::npos;
    }
    return true; // an old one, by its name
}

constexpr int deepest_rows = 20; // Grafana has one level

class Finder {
public:
    Finder(std::string_view text, std::vector<PanelQuery>& queries) : text_(text), queries_(queries) {}

    void panels(const json& owner, int depth = 0) {
        if (!owner.is_object() || depth > deepest_rows) return;
        for (const char* list : {"panels", "rows"}) {
            const auto found = owner.find(list);
            if (found == owner.end() || !found->is_array()) continue;
            for (const auto& panel : *found) {
                targets(panel);
                panels(panel, depth + 1);
            }
        }
    }

private:
    void targets(const json& panel) {
        if (!panel.is_object() || !may_be_prometheus(panel)) return;
        const auto found = panel.find("targets");
        if (found == panel.end() || !found->is_array()) return;
        for (const auto& target : *found) {
            const auto expr = text_at(target, "expr");
            if (trim(expr).empty() || !may_be_prometheus(target)) continue;
            queries_.push_back({text_at(panel, "title"), expr, offset_of(expr)});
        }
    }

    /// The expressions come in the order of the file.
    std::size_t offset_of(const std::string& expr) {
        const auto written = json(expr).dump(-1, ' ', false, json::error_handler_t::replace);
        auto at = text_.find(written, from_);
        if (at == std::string_view::npos) at = text_.find(written);
        if (at == std::string_view::npos) return 0;
        from_ = at + written.size();
        return at + 1;
    }

    std::string_view text_;
    std::vector<PanelQuery>& queries_;
    std::size_t from_ = 0;
};

bool is_word(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// The length of a variable that begins there: $x, ${x}, ${x:regex}, [[x]]; 0 when none does.
std::size_t variable_at(std::string_view text, std::size_t at, std::string& name) {
    const auto rest = text.substr(at);
    const auto closed = [&](std::string_view open, std::string_view close) -> std::size_t {
        const auto end = rest.find(close, open.size());
        if (end == std::string_view::npos) return 0;
        auto inner = rest.substr(open.size(), end - open.size());
        inner = inner.substr(0, inner.find_first_of(":."));
        if (inner.empty() || !std::all_of(inner.begin(), inner.end(), is_word)) return 0;
        name = inner;
        return end + close.size();
    };
    if (rest.substr(0, 2) == "${") return closed("${", "}");
    if (rest.substr(0, 2) == "[[") return closed("[[", "]]");
    if (rest.front() != '$' || rest.size() < 2 || !is_word(rest[1]) || (rest[1] >= '0' && rest[1] <= '9')) return 0;
    std::size_t end = 1;
    while (end < rest.size() && is_word(rest[end])) ++end;
    name = rest.substr(1, end - 1);
    return end;
}

/// What Grafana's own variables stand for; nothing for those of the dashboard.
std::optional<std::string> built_in(const std::string& name) {
    if (name == "__rate_interval" || name == "__interval" || name == "interval") return "5m";
    if (name == "__range") return "1h";
    if (name == "__range_s") return "3600";
    if (name == "__range_ms" || name == "__interval_ms" || name == "__from" || name == "__to") return "3600000";
    return std::nullopt;
}

/// For a variable in brackets: with its unit, unless the unit stands behind it, as in [${__range_s}s].
std::string duration_for(const std::optional<std::string>& own, char next) {
    const bool has_unit = next == 's' || next == 'm' || next == 'h' || next == 'd' || next == 'w';
    if (own && own->back() != 'm' && own->back() != 'h') return has_unit ? *own : *own + 's';
    if (has_unit) return "5";
    return own.value_or("5m");
}

std::string replaced(const std::string& expr, const std::string& elsewhere) {
    std::string result;
    char quote = 0;
    int brackets = 0;
    for (std::size_t at = 0; at < expr.size();) {
        std::string name;
        const auto length = variable_at(expr, at, name);
        if (length > 0) {
            const auto own = built_in(name);
            if (quote != 0) result += any_value;
            else if (brackets > 0) result += duration_for(own, at + length < expr.size() ? expr[at + length] : ' ');
            else result += own ? *own : !result.empty() && (is_word(result.back()) || result.back() == ':') ? std::string(any_value) : elsewhere;
            at += length;
            continue;
        }
        const char c = expr[at++];
        result += c;
        if (quote != 0) {
            if (c == '\\' && quote != '`' && at < expr.size()) result += expr[at++];
            else if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'' || c == '`') {
            quote = c;
        } else if (c == '[') {
            ++brackets;
        } else if (c == ']') {
            --brackets;
        }
    }
    return result;
}

} // namespace

std::vector<PanelQuery> panel_queries(std::string_view text, const std::string& file) {
    json dashboard;
    try {
        dashboard = json::parse(text);
    } catch (const json::parse_error& error) {
        const auto before = text.substr(0, std::min(error.byte, text.size()));
        const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
        throw Error(ExitCode::misuse, Diagnostic{.message = "wrong JSON: it cannot be read from here on", .place = {file, line, 0}, .id = "json"});
    }
    std::vector<PanelQuery> queries;
    Finder finder(text, queries);
    const bool wrapped = dashboard.is_object() && dashboard.contains("dashboard");
    const auto& model = wrapped ? dashboard.at("dashboard") : dashboard;
    if (!model.is_object() || (!model.contains("panels") && !model.contains("rows"))) {
        throw Error(ExitCode::misuse, Diagnostic{.message = "this is no Grafana dashboard: it has no panels", .place = {file, 0, 0}, .hint = "leave it out of the call", .id = "document-kind"});
    }
    finder.panels(model);
    return queries;
}

std::vector<std::string> without_variables(const std::string& expr) {
    std::string name;
    bool any = false;
    for (std::size_t at = 0; at < expr.size() && !any; ++at) any = variable_at(expr, at, name) > 0;
    if (!any) return {expr};
    return {replaced(expr, std::string(any_value)), replaced(expr, "1")};
}

} // namespace slipway::push_rules
