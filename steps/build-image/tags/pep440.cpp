#include "build-image/tags/pep440.hpp"

#include "core/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace slipway::build_image {

namespace {

std::string plain(std::string_view digits) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.empty() ? 0 : digits.size() - 1));
    return std::string(digits);
}

std::string pre_kind_of(const std::string& word) {
    if (word == "alpha" || word == "a") return "a";
    if (word == "beta" || word == "b") return "b";
    return "rc"; // c, rc, pre, preview
}

std::strong_ordering compare_numbers(const std::string& one, const std::string& other) {
    if (one.size() != other.size()) return one.size() <=> other.size();
    return one.compare(other) <=> 0;
}

} // namespace

std::string PythonVersion::version() const {
    std::string text = epoch == "0" ? "" : epoch + '!';
    text += join(release, ".");
    if (!pre_kind.empty()) text += pre_kind + pre_number;
    if (post) text += ".post" + *post;
    if (dev) text += ".dev" + *dev;
    if (!local.empty()) text += '+' + join(local, ".");
    return text;
}

std::optional<PythonVersion> parse_pep440(std::string_view text) {
    static const re2::RE2 pattern(
        R"(v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*))"
        R"((?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]+)?)?)"
        R"((-([0-9]+)|[-_.]?(?:post|rev|r)[-_.]?([0-9]*))?)"
        R"(([-_.]?dev[-_.]?([0-9]+)?)?)"
        R"((?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?)");
    const auto folded = lower(trim(text));
    std::string epoch, release, pre, pre_number, post, post_implicit, post_number, dev, dev_number, local;
    if (!re2::RE2::FullMatch(folded, pattern, &epoch, &release, &pre, &pre_number, &post, &post_implicit, &post_number, &dev, &dev_number, &local)) return std::nullopt;
    PythonVersion version{.raw = std::string(text)};
    if (!epoch.empty()) version.epoch = plain(epoch);
    for (const auto part : split(release, '.')) version.release.push_back(plain(part));
    if (!pre.empty()) {
        version.pre_kind = pre_kind_of(pre);
        version.pre_number = pre_number.empty() ? "0" : plain(pre_number);
    }
    if (!post.empty()) version.post = plain(!post_implicit.empty() ? post_implicit : post_number.empty() ? "0" : post_number);
    if (!dev.empty()) version.dev = dev_number.empty() ? "0" : plain(dev_number);
    if (!local.empty()) {
        for (auto& c : local) {
            if (c == '-' || c == '_') c = '.';
        }
        for (const auto part : split(local, '.')) {
            const bool number = part.find_first_not_of("0123456789") == std::string_view::npos;
            version.local.push_back(number ? plain(part) : std::string(part));
        }
    }
    return version;
}

std::strong_ordering compare_releases(const PythonVersion& one, const PythonVersion& other) {
    if (const auto order = compare_numbers(one.epoch, other.epoch); order != 0) return order;
    for (std::size_t i = 0; i < std::max(one.release.size(), other.release.size()); ++i) {
        if (const auto order = compare_numbers(one.part(i), other.part(i)); order != 0) return order;
    }
    return std::strong_ordering::equal;
}

} // namespace slipway::build_image
