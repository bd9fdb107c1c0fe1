#include "prometheus/template_functions.hpp"

#include <algorithm>

namespace slipway::prometheus {

const std::vector<TemplateFunction>& template_functions() {
    static const std::vector<TemplateFunction> functions = {
        // Prometheus'
        {"query"}, {"first"}, {"label", 2, 2}, {"value"}, {"strvalue"}, {"args", 0, any_number}, {"sortByLabel", 2, 2},
        {"reReplaceAll", 3, 3}, {"match", 2, 2}, {"title"}, {"toUpper"}, {"toLower"}, {"graphLink"}, {"tableLink"},
        {"parseDuration"}, {"toDuration"}, {"now", 0, 0}, {"stripPort"}, {"stripDomain"}, {"humanize"}, {"humanize1024"},
        {"humanizeDuration"}, {"humanizePercentage"}, {"humanizeTimestamp"}, {"toTime"}, {"safeHtml"}, {"urlQueryEscape"},
        {"pathPrefix", 0, 0}, {"externalURL", 0, 0},
        // Go's
        {"and", 1, any_number}, {"or", 1, any_number}, {"not"}, {"html", 0, any_number}, {"js", 0, any_number}, {"urlquery", 0, any_number},
        {"print", 0, any_number}, {"printf", 1, any_number}, {"println", 0, any_number}, {"len"}, {"index", 1, any_number},
        {"slice", 1, 4}, {"call", 1, any_number}, {"eq", 2, any_number}, {"ne", 2, 2}, {"lt", 2, 2}, {"le", 2, 2}, {"gt", 2, 2}, {"ge", 2, 2},
    };
    return functions;
}

const TemplateFunction* find_template_function(std::string_view name) {
    const auto& all = template_functions();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& function) { return function.name == name; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace slipway::prometheus
