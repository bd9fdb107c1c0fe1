#include "build-image/attest/statement.hpp"

namespace slipway::build_image {

using Json = nlohmann::ordered_json;

Json digest_set(const std::string& digest) {
    const auto colon = digest.find(':');
    auto set = Json::object();
    set[digest.substr(0, colon)] = digest.substr(colon + 1);
    return set;
}

Json make_statement(const std::vector<Subject>& subjects, const std::string& predicate_type, Json predicate) {
    auto statement = Json::object();
    statement["_type"] = "https://in-toto.io/Statement/v1";
    statement["subject"] = Json::array();
    for (const auto& subject : subjects) {
        auto entry = Json::object();
        entry["name"] = subject.name;
        entry["digest"] = digest_set(subject.digest);
        statement["subject"].push_back(std::move(entry));
    }
    statement["predicateType"] = predicate_type;
    statement["predicate"] = std::move(predicate);
    return statement;
}

} // namespace slipway::build_image
