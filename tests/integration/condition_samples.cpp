// What wait-for-slo says of conditions of Argo Rollouts, in the form of tests/support/argo_oracle: one JSON question a line in, "true", "false",
// "error" or "refused" out.

#include "core/error.hpp"
#include "wait-for-slo/checks/argo/expression/expression.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace slipway::wait_for_slo;

std::string answer(const nlohmann::json& asked) {
    QueryValue value{asked["scalar"], {}};
    for (const auto& text : asked["values"]) value.values.push_back(std::strtod(text.get<std::string>().c_str(), nullptr));
    try {
        const auto truth = Expression(asked["condition"].get<std::string>()).evaluate(value);
        return !truth.holds ? "error" : *truth.holds ? "true" : "false";
    } catch (const slipway::Error&) {
        return "refused";
    }
}

} // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) std::cout << answer(nlohmann::json::parse(line)) << '\n';
}
