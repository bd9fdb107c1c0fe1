#include "build-image/attest/provenance.hpp"

#include <nlohmann/json.hpp>

namespace slipway::build_image {

namespace {

using Json = nlohmann::ordered_json;

/// What the parameters mean is said in the step's manual.
const char* const build_type = "https://github.com/slipway/slipway/build-image/v1";
/// Where no CI says who builds: somebody's own machine.
const char* const local_builder = "https://github.com/slipway/slipway/build-image/local";

void add(Json& object, const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
}

void add(Json& object, const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) object[name] = values;
}

std::string source_address(const Provenance& provenance) {
    if (provenance.repository.empty()) return {};
    return "git+" + provenance.repository + (provenance.ref.empty() ? "" : '@' + provenance.ref);
}

Json external_parameters(const Provenance& provenance) {
    Json parameters = Json::object();
    add(parameters, "source", source_address(provenance));
    add(parameters, "context", provenance.context);
    add(parameters, "containerfile", provenance.containerfile);
    add(parameters, "target", provenance.target);
    add(parameters, "platforms", provenance.platforms);
    add(parameters, "buildArguments", provenance.arguments);
    add(parameters, "secrets", provenance.secrets);
    add(parameters, "joined", provenance.joined);
    return parameters;
}

Json dependency(const std::string& uri, Json digest) {
    auto entry = Json::object();
    add(entry, "uri", uri);
    entry["digest"] = std::move(digest);
    return entry;
}

Json dependencies(const Provenance& provenance) {
    auto list = Json::array();
    if (!provenance.commit.empty()) {
        auto source = dependency(source_address(provenance), digest_set("gitCommit:" + provenance.commit));
        if (provenance.is_modified) source["annotations"]["modified"] = true;
        list.push_back(std::move(source));
    }
    for (const auto& base : provenance.bases) {
        list.push_back(dependency("docker://" + base.pinned, digest_set(base.pinned.substr(base.pinned.find('@') + 1))));
        list.back()["name"] = base.name;
    }
    for (const auto& digest : provenance.joined) list.push_back(dependency("docker://" + provenance.subjects.front().name + '@' + digest, digest_set(digest)));
    return list;
}

} // namespace

std::string provenance_statement(const Provenance& provenance) {
    auto definition = Json::object();
    definition["buildType"] = build_type;
    definition["externalParameters"] = external_parameters(provenance);
    auto internal = Json::object();
    add(internal, "contentKey", provenance.content_key);
    if (provenance.found) internal["builtBefore"] = true;
    if (!internal.empty()) definition["internalParameters"] = std::move(internal);
    definition["resolvedDependencies"] = dependencies(provenance);

    auto details = Json::object();
    details["builder"]["id"] = provenance.builder.empty() ? local_builder : provenance.builder;
    if (!provenance.versions.empty()) details["builder"]["version"] = provenance.versions;
    auto metadata = Json::object();
    add(metadata, "invocationId", provenance.invocation);
    if (provenance.started) metadata["startedOn"] = format_timestamp(*provenance.started);
    if (provenance.finished) metadata["finishedOn"] = format_timestamp(*provenance.finished);
    if (!metadata.empty()) details["metadata"] = std::move(metadata);

    auto predicate = Json::object();
    predicate["buildDefinition"] = std::move(definition);
    predicate["runDetails"] = std::move(details);
    const auto statement = make_statement(provenance.subjects, "https://slsa.dev/provenance/v1", std::move(predicate));
    return statement.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace slipway::build_image
