#include "prometheus/ruler_address.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "io/http.hpp"

#include <algorithm>
#include <array>

namespace slipway::prometheus {

namespace {

constexpr std::array kinds = {RulerKind::mimir, RulerKind::cortex, RulerKind::loki};

const char* path_of(RulerKind kind) {
    switch (kind) {
    case RulerKind::mimir: return "/prometheus/config/v1/rules";
    case RulerKind::cortex: return "/api/v1/rules";
    case RulerKind::loki: return "/loki/api/v1/rules";
    }
    return "";
}

/// One part of a path. Whole names of dots are parts that clients and proxies take out of a path, so they are encoded, too.
std::string part_of_path(std::string_view name, const char* what) {
    if (name.empty()) throw misuse(std::string("a ") + what + " needs a name");
    if (name == ".") return "%2E";
    if (name == "..") return "%2E%2E";
    return percent_encode(name);
}

} // namespace

const char* name_of(RulerKind kind) { return kind == RulerKind::mimir ? "Mimir" : kind == RulerKind::cortex ? "Cortex" : "Loki"; }

std::optional<RulerKind> parse_ruler_kind(std::string_view word) {
    for (const auto kind : kinds) {
        if (word == lower(name_of(kind))) return kind;
    }
    return std::nullopt;
}

RulerAddress::RulerAddress(std::string_view base_url, RulerKind kind) : kind_(kind) {
    if (!io::split_url(base_url)) throw misuse("'" + visible(io::url_for_people(base_url)) + "' is no http or https URL");
    if (base_url.find_first_of("?#") != std::string_view::npos) {
        throw misuse("'" + visible(io::url_for_people(base_url)) + "' cannot be used: the server's URL takes no query");
    }
    const auto drop_slashes = [&] {
        while (base_url.back() == '/') base_url.remove_suffix(1);
    };
    constexpr std::string_view prefix = "/prometheus";
    drop_slashes();
    const auto host = base_url.find("://") + 3;
    const auto path = base_url.substr(std::min(base_url.find('/', host), base_url.size()));
    if (path.size() >= prefix.size() && path.substr(path.size() - prefix.size()) == prefix) {
        base_url.remove_suffix(prefix.size());
        drop_slashes();
    }
    base_ = base_url;
    rules_ = base_ + path_of(kind);
}

std::string RulerAddress::rules(std::string_view name_space) const { return rules_ + '/' + part_of_path(name_space, "namespace"); }

std::string RulerAddress::rules(std::string_view name_space, std::string_view group) const { return rules(name_space) + '/' + part_of_path(group, "group"); }

} // namespace slipway::prometheus
