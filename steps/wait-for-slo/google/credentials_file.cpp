#include "wait-for-slo/google/credentials_file.hpp"

#include "core/text.hpp"
#include "wait-for-slo/google/answer.hpp"

namespace slipway::wait_for_slo {

namespace {

constexpr const char* usual_universe = "googleapis.com";
/// Where instances of Google Cloud, AWS and Azure find their metadata: on the same host, whatever the network.
constexpr const char* metadata_address = "169.254.169.254";

bool is_below(const std::string& host, const std::string& domain) { return host.ends_with('.' + domain); }

bool is_of_google(const std::string& host, const std::string& api_url) {
    // The old token endpoint, which keys made long ago still name.
    if (host == "accounts.google.com" || is_below(host, usual_universe) || is_below(host, universe_of(api_url))) return true;
    const auto api = io::split_url(api_url);
    return api && api->host == host;
}

Error unusable(const CredentialsFile& file, const char* key, const std::string& url, const std::string& why, const std::string& hint = {}) {
    return misuse("cannot use " + file.path + ": " + key + " '" + visible(io::url_for_people(url)) + "' " + why, hint);
}

io::UrlParts parts_of(const CredentialsFile& file, const char* key, const std::string& url) {
    auto parts = io::split_url(url);
    if (!parts) throw unusable(file, key, url, "is no http:// or https:// URL");
    if (!parts->user_info.empty()) throw unusable(file, key, url, "names a user");
    return *parts;
}

bool is_protected(const io::UrlParts& parts, const CredentialsFile& file) { return parts.scheme == "https" || io::is_loopback(parts.host) || file.allow_insecure; }

} // namespace

std::string required_text(const CredentialsFile& file, const char* key) {
    auto text = text_at(file.json, key);
    if (text.empty()) throw misuse("cannot use " + file.path + ": it has no '" + key + '\'', "credentials are used as Google's console or gcloud wrote them");
    return text;
}

std::string universe_of(const std::string& api_url) {
    const auto parts = io::split_url(api_url);
    constexpr std::string_view service = "monitoring.";
    if (!parts || !parts->host.starts_with(service)) return usual_universe;
    return parts->host.substr(service.size());
}

std::string address_of_google(const CredentialsFile& file, const char* key, const std::string& url) {
    const auto parts = parts_of(file, key, url);
    if (!is_protected(parts, file)) throw unusable(file, key, url, "is plain HTTP, which would show the credentials to everybody on the way");
    if (!io::is_loopback(parts.host) && !is_of_google(parts.host, file.api_url)) {
        throw unusable(file, key, url, "is no address of Google's: credentials would be sent there", "where Google's services have another domain, --google-monitoring-url names it: https://monitoring.DOMAIN");
    }
    return url;
}

std::string address_to_read(const CredentialsFile& file, const char* key, const std::string& url) {
    const auto parts = parts_of(file, key, url);
    if (!is_protected(parts, file) && parts.host != metadata_address) throw unusable(file, key, url, "is plain HTTP, which would show the identity token to everybody on the way");
    return url;
}

} // namespace slipway::wait_for_slo
