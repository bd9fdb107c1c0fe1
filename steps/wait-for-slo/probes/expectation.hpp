#pragma once

#include "io/prober.hpp"
#include "wait-for-slo/probes/options.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace slipway::wait_for_slo {

/// "200,204,300-399": codes and ranges of them.
/// @throws Error (misuse)
std::vector<std::pair<int, int>> parse_status_codes(const std::string& text);

/// What a good answer is, and which version an answer is of.
class Expectation {
public:
    /// @throws Error (misuse) for options that their check refuses
    explicit Expectation(const ProbeOptions& options);
    ~Expectation();

    /// Why a request failed: "status 502"; empty when the answer is good.
    std::string fault_of(const io::ProbeAnswer& answer) const;
    bool wants_versions() const { return version_ != nullptr; }
    /// What the answer says of its version: a line of its head first, else its body; empty when it says nothing.
    std::string version_in(const io::Response& response) const;

private:
    std::vector<std::pair<int, int>> codes_;
    std::unique_ptr<re2::RE2> body_;
    std::unique_ptr<re2::RE2> version_;
};

} // namespace slipway::wait_for_slo
