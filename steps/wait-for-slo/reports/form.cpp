#include "wait-for-slo/reports/form.hpp"

#include "core/text.hpp"

#include <utility>

namespace slipway::wait_for_slo {

std::optional<ReportForm> form_of(std::string_view path) {
    const auto name = lower(path.substr(path.rfind('/') + 1));
    for (const auto& [ending, form] : {std::pair{".html", ReportForm::html}, {".htm", ReportForm::html}, {".svg", ReportForm::svg}, {".json", ReportForm::json}, {".xml", ReportForm::junit},
                                       {".prom", ReportForm::openmetrics}, {".txt", ReportForm::openmetrics}, {".om", ReportForm::openmetrics}}) {
        if (name.ends_with(ending)) return form;
    }
    return std::nullopt;
}

} // namespace slipway::wait_for_slo
