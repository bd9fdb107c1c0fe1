#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "prometheus/rule_file.hpp"
#include "yaml/tree.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::slo {

enum class Need { optional, required };

/// One map of a document, its values by their names. Mistakes become problems at their place; a value with one counts as not
/// there, so reading can go on.
class Fields {
public:
    /// @param what   such as "the spec of a Sloth document"
    /// @param known  keys; any other is a problem. None: any is taken
    Fields(const yaml::Tree& tree, yaml::NodeId map, std::vector<Diagnostic>& problems, std::string what, std::initializer_list<std::string_view> known = {});

    bool has(std::string_view key) const { return node(key) != yaml::no_node; }
    /// Aliases resolved; no_node also for a null.
    yaml::NodeId node(std::string_view key) const;

    /// Empty when there is none.
    std::string text(std::string_view key, Need need = Need::optional) const;
    std::optional<double> number(std::string_view key, Need need = Need::optional) const;
    std::optional<bool> truth(std::string_view key) const;
    /// In Prometheus' notation: "28d".
    std::optional<Duration> duration(std::string_view key, Need need = Need::optional) const;
    prometheus::Labels labels(std::string_view key) const;
    std::vector<std::string> texts(std::string_view key) const;
    std::optional<Fields> map(std::string_view key, Need need = Need::optional, std::initializer_list<std::string_view> known = {}) const;
    /// The maps of a list.
    std::vector<Fields> maps(std::string_view key, Need need = Need::optional, std::initializer_list<std::string_view> known = {}) const;

    Place place() const { return tree_->place(map_); }
    /// Of the value; the map's when there is none.
    Place place_of(std::string_view key) const;
    /// At the value of `key`, or at the map when it has none.
    void complain(std::string_view key, std::string message, std::string hint = {}, std::string id = "slo") const;

    const yaml::Tree& tree() const { return *tree_; }
    std::vector<Diagnostic>& problems() const { return *problems_; }

private:
    bool missing(std::string_view key, Need need) const;
    bool is_scalar(std::string_view key) const;

    const yaml::Tree* tree_;
    yaml::NodeId map_;
    std::vector<Diagnostic>* problems_;
    std::string what_;
};

} // namespace slipway::slo
