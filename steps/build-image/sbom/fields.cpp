#include "build-image/sbom/fields.hpp"

#include "build-image/sbom/records.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace slipway::build_image {

namespace {

constexpr std::size_t longest_name = 200;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool has_only(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(), [&](char c) { return is_letter_or_digit(c) || others.find(c) != std::string_view::npos; });
}

bool is_mail(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || text.size() > longest_name) return false;
    const auto local = text.substr(0, at), domain = text.substr(at + 1);
    const auto is_dotted = [](std::string_view part) { return !part.empty() && part.front() != '.' && part.back() != '.' && part.find("..") == std::string_view::npos; };
    return is_dotted(local) && is_dotted(domain) && has_only(local, ".!#$%&'*+/=?^_`{|}~-") && has_only(domain, ".-") && domain.front() != '-' && domain.back() != '-';
}

/// What names of groups have and names of people have not.
bool is_group(std::string_view name, std::string_view mail) {
    if (mail.find("@lists.") != std::string_view::npos || mail.find(".lists.") != std::string_view::npos) return true;
    auto words = lower(name);
    for (auto& c : words) {
        if (c < 'a' || c > 'z') c = ' ';
    }
    for (const auto word : split(words, ' ')) {
        constexpr std::string_view groups[] = {"team", "maintainers", "maintainer", "developers", "group", "foundation", "project", "community", "contributors",
                                               "inc", "ltd", "gmbh", "llc", "corp", "corporation", "company", "authors", "packagers", "org"};
        if (std::find(std::begin(groups), std::end(groups), word) != std::end(groups)) return true;
    }
    return false;
}

} // namespace

std::string valid_utf8(std::string_view text) {
    std::string result;
    for (;;) {
        const auto length = valid_utf8_length(text);
        result += text.substr(0, length);
        if (length == text.size()) return result;
        result += "\xEF\xBF\xBD";
        text.remove_prefix(length + 1);
    }
}

std::string first_line(std::string_view text, std::size_t most_bytes) {
    text = text.substr(0, text.find_first_of("\r\n"));
    text = text.substr(0, most_bytes);
    if (const auto length = valid_utf8_length(text); text.size() - length < 4) text = text.substr(0, length);
    return valid_utf8(trim(text));
}

std::string spdx_id(std::string_view text) {
    std::string id;
    for (const char c : text) {
        if (is_letter_or_digit(c) || c == '.') id += c;
        else if (!id.empty() && id.back() != '-') id += '-';
    }
    if (id.ends_with('-')) id.pop_back();
    return id;
}

std::optional<Supplier> read_supplier(std::string_view text) {
    const auto line = in_one_line(valid_utf8(text.substr(0, 4 * longest_name)));
    const auto open = line.find('<');
    const auto close = line.find('>', open == std::string::npos ? 0 : open);
    Supplier supplier{.name = first_line(line.substr(0, open), longest_name)};
    if (open != std::string::npos && close != std::string::npos) supplier.mail = trim(std::string_view(line).substr(open + 1, close - open - 1));
    if (open == std::string::npos && is_mail(line)) supplier.mail = line;
    if (!is_mail(supplier.mail)) supplier.mail.clear();
    if (supplier.name.empty()) supplier.name = supplier.mail;
    if (supplier.name.empty()) return std::nullopt;
    supplier.is_organization = is_group(supplier.name, supplier.mail);
    return supplier;
}

bool is_web_address(std::string_view text) {
    const auto scheme = text.starts_with("https://") ? 8U : text.starts_with("http://") ? 7U : 0U;
    if (scheme == 0 || text.size() > 2000) return false;
    const auto host = text.substr(scheme, text.find_first_of("/?#", scheme) - scheme);
    // "%" only where two digits follow is more than it is worth: such homepages are left out.
    return !host.empty() && host.find('.') != std::string_view::npos && has_only(host, ".-:") && is_letter_or_digit(host[0]) &&
           has_only(text.substr(scheme + host.size()), "-._~:/?#@!$&'()*+,;=");
}

bool is_sha1(std::string_view text) { return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

std::string full_name(const Package& package) {
    const bool has_namespace = (package.type == "golang" || package.type == "npm") && !package.name_space.empty();
    return valid_utf8(has_namespace ? package.name_space + '/' + package.name : package.name);
}

std::optional<SourcePackage> source_package(const Package& package) {
    const auto upstream = package.qualifiers.find("upstream");
    if (upstream == package.qualifiers.end() || upstream->second.empty()) return std::nullopt;
    const auto at = upstream->second.find('@');
    return SourcePackage{upstream->second.substr(0, at), at == std::string::npos ? package.version : upstream->second.substr(at + 1)};
}

std::vector<const License*> licenses_of(const Package& package, Licenses& licenses) {
    std::vector<const License*> result;
    for (const auto& text : package.licenses) {
        if (trim(text).empty()) continue;
        const auto* const license = &licenses.read(text);
        const bool is_new = std::none_of(result.begin(), result.end(), [&](const auto* other) { return other->expression == license->expression; });
        if (is_new) result.push_back(license);
    }
    return result;
}

std::string image_url(const Described& image) {
    const auto slash = image.name.rfind('/');
    Package package{.type = "oci", .name_space = "", .name = slash == std::string::npos ? image.name : image.name.substr(slash + 1), .version = image.digest};
    package.qualifiers = {{"arch", image.platform.architecture}, {"repository_url", image.name}};
    return package_url(package);
}

std::vector<Named> named_packages(const Inventory& inventory) {
    std::vector<Named> result;
    result.reserve(inventory.packages.size());
    for (const auto& package : inventory.packages) {
        if (!package.name.empty()) result.push_back({&package, package_url(package)});
    }
    return result;
}

std::string uuid_of(std::string_view content) {
    // The namespace of URLs, for names that begin with ours.
    std::string bytes("\x6b\xa7\xb8\x11\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8", 16);
    bytes += "https://github.com/slipway/slipway/";
    bytes += content;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha1(), nullptr) != 1) throw std::runtime_error("OpenSSL has no SHA-1");
    digest[6] = static_cast<unsigned char>((digest[6] & 0x0FU) | 0x50U);
    digest[8] = static_cast<unsigned char>((digest[8] & 0x3FU) | 0x80U);
    auto text = hexadecimal({reinterpret_cast<const char*>(digest), 16});
    for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
    return text;
}

std::string document_time(const Described& image) { return format_timestamp(std::chrono::floor<std::chrono::seconds>(image.created)); }

std::string one_line_json(const nlohmann::ordered_json& json) { return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace); }

std::string json_object(const nlohmann::ordered_json& members, const std::string& more) {
    auto text = one_line_json(members);
    text.back() = ','; // was the brace
    return text + '\n' + more + "}\n";
}

std::string json_array(std::string_view name, const std::vector<std::string>& elements) {
    std::string text = '"' + std::string(name) + "\":[";
    for (const auto& element : elements) {
        text += text.back() == '[' ? "\n" : ",\n";
        text += element;
    }
    return text + "\n]";
}

} // namespace slipway::build_image
