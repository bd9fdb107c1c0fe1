#include "registry/reference.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::registry {

namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_tag = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool is_lower_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

template <class Predicate> bool all_of(std::string_view text, Predicate predicate) {
    return std::all_of(text.begin(), text.end(), predicate);
}

/// [a-z0-9]+ with single dots, one or two underscores, or any number of hyphens in between.
bool is_path_component(std::string_view text) {
    std::size_t at = 0;
    for (;;) {
        const auto start = at;
        while (at < text.size() && (is_lower(text[at]) || is_digit(text[at]))) ++at;
        if (at == start) return false;
        if (at == text.size()) return true;
        const char separator = text[at];
        const auto run = text.find_first_not_of(separator, at);
        const auto length = (run == std::string_view::npos ? text.size() : run) - at;
        const bool fits = separator == '-' || (separator == '.' && length == 1) || (separator == '_' && length <= 2);
        if (!fits) return false;
        at += length;
    }
}

/// Letters, digits and hyphens between dots; no hyphen at a label's ends. IPv4 addresses fit as well.
bool is_domain(std::string_view text) {
    for (const auto label : split(text, '.')) {
        if (label.empty() || label.front() == '-' || label.back() == '-') return false;
        if (!all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
    }
    return true;
}

bool is_ipv6_in_brackets(std::string_view text) {
    if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
    return all_of(text.substr(1, text.size() - 2), [](char c) { return is_lower_hexadecimal(lower({&c, 1})[0]) || c == ':'; });
}

/// Where the port's colon stands; npos when there is none.
std::size_t port_colon(std::string_view registry) {
    const auto colon = registry.rfind(':');
    const auto bracket = registry.rfind(']');
    return bracket != std::string_view::npos && colon != std::string_view::npos && colon < bracket ? std::string_view::npos : colon;
}

bool names_registry(std::string_view component) {
    return component == "localhost" || component.find_first_of(".:[") != std::string_view::npos;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Reference parse() {
        if (text_.empty()) throw misuse("an image reference is empty");
        if (text_.find("://") != std::string_view::npos) fail("it begins with a scheme", "write it without " + std::string(text_.substr(0, text_.find("://") + 3)));
        auto rest = text_;
        if (const auto at = rest.find('@'); at != std::string_view::npos) {
            reference_.digest = rest.substr(at + 1);
            if (!is_digest(reference_.digest)) fail("the digest '" + reference_.digest + "' is none", "a digest is sha256: and 64 hexadecimal digits");
            rest = rest.substr(0, at);
        }
        // A colon before the last slash belongs to a port.
        const auto colon = rest.rfind(':');
        const auto slash = rest.rfind('/');
        if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
            reference_.tag = rest.substr(colon + 1);
            if (!is_tag(reference_.tag)) fail("the tag '" + reference_.tag + "' is none", "a tag has at most 128 letters, digits, _, . and -, and begins with no . or -");
            rest = rest.substr(0, colon);
        }
        name(rest);
        return std::move(reference_);
    }

private:
    [[noreturn]] void fail(const std::string& why, std::string hint = {}) const {
        throw misuse("'" + std::string(text_) + "' is no image reference: " + why, std::move(hint));
    }

    void name(std::string_view name) {
        if (name.size() > longest_name) fail("its name has " + std::to_string(name.size()) + " characters, the most is 255");
        if (std::any_of(name.begin(), name.end(), is_upper)) fail("it has upper-case letters", "write " + lower(name));
        if (const auto slash = name.find('/'); slash != std::string_view::npos && names_registry(name.substr(0, slash))) {
            registry(name.substr(0, slash));
            name = name.substr(slash + 1);
        }
        for (const auto component : split(name, '/')) {
            if (component.empty()) fail(name.empty() ? "it names no repository" : "the repository '" + std::string(name) + "' has an empty part");
            if (!is_path_component(component)) {
                fail("the repository's part '" + std::string(component) + "' is refused by the grammar",
                     "letters and digits, with single . or _, a double _, or hyphens in between");
            }
        }
        reference_.repository = name;
    }

    void registry(std::string_view registry) {
        const auto colon = port_colon(registry);
        const auto host = registry.substr(0, colon);
        if (!is_domain(host) && !is_ipv6_in_brackets(host)) fail("'" + std::string(host) + "' is no host name");
        if (colon != std::string_view::npos) {
            const auto port = registry.substr(colon + 1);
            if (port.empty() || port.size() > 5 || !all_of(port, is_digit) || std::stoi(std::string(port)) > 65535) {
                fail("'" + std::string(port) + "' is no port");
            }
        }
        reference_.registry = registry;
    }

    std::string_view text_;
    Reference reference_;
};

} // namespace

std::string Reference::name() const { return registry.empty() ? repository : registry + '/' + repository; }

std::string Reference::host() const { return registry.substr(0, port_colon(registry)); }

std::string to_string(const Reference& reference) {
    auto text = reference.name();
    if (!reference.tag.empty()) text += ':' + reference.tag;
    if (!reference.digest.empty()) text += '@' + reference.digest;
    return text;
}

Reference parse_reference(std::string_view text) { return Parser(text).parse(); }

bool is_tag(std::string_view text) {
    if (text.empty() || text.size() > longest_tag || text[0] == '.' || text[0] == '-') return false;
    return all_of(text, [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const auto algorithm = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (algorithm == "sha256" || algorithm == "sha512") {
        return digits.size() == (algorithm == "sha256" ? 64U : 128U) && all_of(digits, is_lower_hexadecimal);
    }
    bool component_starts = true;
    for (const char c : algorithm) {
        const bool separator = c == '+' || c == '.' || c == '-' || c == '_';
        if (component_starts ? !(is_lower(c) || is_upper(c)) : !(separator || is_alphanumeric(c))) return false;
        component_starts = separator;
    }
    return !component_starts && digits.size() >= 32 && all_of(digits, [](char c) { return is_lower_hexadecimal(c) || (c >= 'A' && c <= 'F'); });
}

} // namespace slipway::registry
