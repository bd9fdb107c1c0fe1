#pragma once

#include "core/encoding.hpp"
#include "core/sha256.hpp"
#include "io/http.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace slipway::fake {

/// A registry in memory, as far as pushing and reading images needs it: answers requests by the distribution
/// specification. May be asked by several threads, so there are no assertions in it. Blobs of files are known by name only. Tests against the real one are in tests/integration.
class Registry {
public:
    std::map<std::string, std::string> manifests; ///< bytes, by "repository:tag" and "repository@digest"
    std::map<std::string, std::string> types;     ///< media type by digest
    std::set<std::string> blobs;                  ///< "repository@digest"
    std::map<std::string, std::string> contents;  ///< of blobs, by digest, for those that are read
    bool lists_referrers = false; ///< the referrers API: GET /v2/NAME/referrers/DIGEST
    std::string noted_instead;    ///< what that header says in place of the subject; empty: the truth
    bool notes_subjects = false;  ///< its other half: the answer header OCI-Subject

    std::string digest_of(const std::string& name) const {
        const auto found = manifests.find(name);
        return found == manifests.end() ? "" : "sha256:" + sha256(found->second);
    }

    io::Response answer(const io::Request& request) {
        const std::lock_guard lock(mutex_);
        const auto path = request.url.substr(request.url.find("/v2/") + 4);
        if (const auto at = path.find("/manifests/"); at != std::string::npos) return manifest(request, path.substr(0, at), path.substr(at + 11));
        if (const auto at = path.find("/blobs/uploads/"); at != std::string::npos) return upload(request, path.substr(0, at), path.substr(at + 15));
        if (const auto at = path.find("/blobs/"); at != std::string::npos) return blob(path.substr(0, at), path.substr(at + 7));
        if (const auto at = path.find("/referrers/"); at != std::string::npos && lists_referrers) return referrers(path.substr(0, at), path.substr(at + 11));
        if (const auto at = path.find("/tags/list"); at != std::string::npos) return tags(path.substr(0, at));
        return {.status = 404, .headers = {}, .body = ""};
    }

private:
    static std::string key_of(const std::string& repository, const std::string& name) {
        return repository + (name.find(':') == std::string::npos ? ':' : '@') + name;
    }

    io::Response manifest(const io::Request& request, const std::string& repository, const std::string& name) {
        if (request.method == "PUT") {
            const auto& bytes = std::get<std::string>(request.body);
            const auto digest = "sha256:" + sha256(bytes);
            manifests[key_of(repository, name)] = bytes;
            manifests[key_of(repository, digest)] = bytes;
            for (const auto& header : request.headers) {
                if (header.name == "Content-Type") types[digest] = header.value;
            }
            io::Response stored{.status = 201, .headers = {{"Docker-Content-Digest", digest}}, .body = ""};
            if (const auto subject = subject_of(bytes); notes_subjects && !subject.empty()) stored.headers.push_back({"OCI-Subject", noted_instead.empty() ? subject : noted_instead});
            return stored;
        }
        const auto found = manifests.find(key_of(repository, name));
        if (found == manifests.end()) return {.status = 404, .headers = {}, .body = R"({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})"};
        const auto digest = "sha256:" + sha256(found->second);
        return {.status = 200,
                .headers = {{"Docker-Content-Digest", digest}, {"Content-Length", std::to_string(found->second.size())}, {"Content-Type", types[digest]}},
                .body = request.method == "HEAD" ? "" : found->second};
    }

    static std::string subject_of(const std::string& manifest) {
        const auto json = nlohmann::json::parse(manifest, nullptr, false);
        return json.is_object() && json.contains("subject") ? json["subject"].value("digest", "") : "";
    }

    io::Response referrers(const std::string& repository, const std::string& subject) {
        nlohmann::json index = {{"schemaVersion", 2}, {"mediaType", "application/vnd.oci.image.index.v1+json"}, {"manifests", nlohmann::json::array()}};
        for (const auto& [name, bytes] : manifests) {
            if (name.rfind(repository + '@', 0) != 0 || subject_of(bytes) != subject) continue;
            const auto json = nlohmann::json::parse(bytes);
            index["manifests"].push_back({{"mediaType", json["mediaType"]}, {"digest", digest_of(name)}, {"size", bytes.size()}, {"artifactType", json["artifactType"]},
                                          {"annotations", json.value("annotations", nlohmann::json::object())}});
        }
        return {.status = 200, .headers = {{"Content-Type", "application/vnd.oci.image.index.v1+json"}}, .body = index.dump()};
    }

    io::Response upload(const io::Request& request, const std::string& repository, const std::string& rest) {
        const auto field = [&](const std::string& name) {
            const auto at = rest.find(name + '=');
            return at == std::string::npos ? "" : percent_decode(rest.substr(at + name.size() + 1, rest.find('&', at) - at - name.size() - 1));
        };
        if (request.method == "POST" && !field("mount").empty() && blobs.count(field("from") + '@' + field("mount")) != 0) {
            blobs.insert(repository + '@' + field("mount"));
            return {.status = 201, .headers = {}, .body = ""};
        }
        if (request.method == "POST") return {.status = 202, .headers = {{"Location", "/v2/" + repository + "/blobs/uploads/1"}}, .body = ""};
        if (request.method == "DELETE") return {.status = 204, .headers = {}, .body = ""};
        if (request.method != "PUT") return {.status = 405, .headers = {}, .body = ""};
        blobs.insert(repository + '@' + field("digest"));
        if (const auto bytes = std::get_if<std::string>(&request.body)) contents[field("digest")] = *bytes;
        return {.status = 201, .headers = {}, .body = ""};
    }

    io::Response blob(const std::string& repository, const std::string& digest) {
        if (blobs.count(repository + '@' + digest) == 0) return {.status = 404, .headers = {}, .body = ""};
        return {.status = 200, .headers = {}, .body = contents[digest]};
    }

    io::Response tags(const std::string& repository) {
        std::string list;
        for (const auto& [name, bytes] : manifests) {
            if (name.rfind(repository + ':', 0) == 0) list += (list.empty() ? "\"" : ", \"") + name.substr(repository.size() + 1) + '"';
        }
        return {.status = 200, .headers = {}, .body = R"({"tags": [)" + list + "]}"};
    }

    std::mutex mutex_;
};

} // namespace slipway::fake
