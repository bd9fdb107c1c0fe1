#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace slipway::io {

/// Environment variables. A variable that is set to nothing counts as not set: CI systems pass "" for every input
/// that nobody gave.
class Environment {
public:
    virtual ~Environment() = default;
    virtual std::optional<std::string> get(const std::string& name) const = 0;
    /// All variables, empty ones included.
    virtual std::map<std::string, std::string> all() const = 0;
};

class ProcessEnvironment final : public Environment {
public:
    std::optional<std::string> get(const std::string& name) const override;
    std::map<std::string, std::string> all() const override;
};

} // namespace slipway::io
