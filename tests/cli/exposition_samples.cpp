// What our reader makes of metrics pages, many in one process, to be compared with Prometheus' own reader.
//
//     "text 4\na 1\n" "openmetrics 10\na 1\n# EOF\n" ...     format, length in bytes, line break, the page
//         -> one JSON object a line: {"samples": [[name, labels, value]], "types": [[family, type]]} or {"error": ...}

#include "prometheus/exposition.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

namespace {

using namespace slipway;
using nlohmann::json;

std::string exactly(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

/// As Prometheus stores it: a label with an empty value is no label.
class Recorder final : public prometheus::ExpositionListener {
public:
    void type(std::string_view family, prometheus::MetricType type) override { types.push_back({family, prometheus::to_string(type)}); }
    void sample(std::string_view name, std::span<const prometheus::ExposedLabel> labels, double value) override {
        auto stored = json::object();
        for (const auto& label : labels) {
            if (!label.value.empty()) stored[std::string(label.name)] = label.value;
        }
        samples.push_back({name, std::move(stored), exactly(value)});
    }

    json samples = json::array();
    json types = json::array();
};

} // namespace

int main() {
    std::string format;
    std::size_t length = 0;
    while (std::cin >> format >> length) {
        std::cin.ignore();
        std::string page(length, '\0');
        std::cin.read(page.data(), static_cast<std::streamsize>(length));
        Recorder recorder;
        const auto problem = prometheus::read_exposition(page, format == "text" ? prometheus::ExpositionFormat::text : prometheus::ExpositionFormat::open_metrics, "page", recorder);
        const json answer = problem ? json{{"error", to_line(*problem)}} : json{{"samples", recorder.samples}, {"types", recorder.types}};
        std::cout << answer.dump(-1, ' ', true) << '\n';
    }
}
