#include "build-image/attest/document.hpp"

#include "build-image/attest/statement.hpp"
#include "core/error.hpp"
#include "core/nesting.hpp"

#include <nlohmann/json.hpp>

namespace slipway::build_image {

namespace {

using Json = nlohmann::ordered_json;

struct Form {
    DocumentKind kind;
    const char* name;
    const char* type;      ///< media type
    const char* predicate; ///< in an in-toto statement
};

constexpr Form forms[] = {
    {DocumentKind::spdx, "spdx", "application/spdx+json", "https://spdx.dev/Document/v2.3"},
    {DocumentKind::cyclonedx, "cyclonedx", "application/vnd.cyclonedx+json", "https://cyclonedx.org/bom/v1.5"},
    {DocumentKind::provenance, "provenance", "application/vnd.in-toto+json", "https://slsa.dev/provenance/v1"},
};

const char* const predicate_annotation = "in-toto.io/predicate-type";

const Form& form_of(DocumentKind kind) { return forms[static_cast<std::size_t>(kind)]; }

} // namespace

const char* name_of(DocumentKind kind) { return form_of(kind).name; }

registry::Artifact artifact_of(const Document& document) {
    const auto& form = form_of(document.kind);
    registry::Artifact artifact{.type = form.type, .media_type = form.type, .bytes = document.bytes};
    if (document.kind == DocumentKind::provenance) artifact.annotations[predicate_annotation] = form.predicate;
    return artifact;
}

std::optional<DocumentKind> kind_of(const registry::Referrer& referrer) {
    const auto& provenance = form_of(DocumentKind::provenance);
    if (referrer.type == provenance.type) {
        const auto predicate = referrer.annotations.find(predicate_annotation);
        const bool is_provenance = predicate != referrer.annotations.end() && predicate->second.rfind("https://slsa.dev/provenance/", 0) == 0;
        return is_provenance ? std::optional(DocumentKind::provenance) : std::nullopt;
    }
    for (const auto& form : forms) {
        if (referrer.type == form.type) return form.kind;
    }
    return std::nullopt;
}

void check_nesting(const std::string& json, const std::string& where) {
    if (is_nested_too_deep(json)) throw world_failure("cannot use what is attached as " + where + ": its JSON is nested too deep");
}

std::string statement_line(const Document& document, const std::string& name, const std::string& digest) {
    auto content = Json::parse(document.bytes, nullptr, false);
    if (!content.is_object()) throw world_failure(std::string("cannot use the ") + name_of(document.kind) + " document of " + name + '@' + digest + ": it is no JSON object");
    if (document.kind == DocumentKind::provenance) return content.dump(-1, ' ', false, Json::error_handler_t::replace);
    const auto statement = make_statement({{name, digest}}, form_of(document.kind).predicate, std::move(content));
    return statement.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace slipway::build_image
