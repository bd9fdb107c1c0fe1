#include "report.hpp"

#include "build-image/show/provenance_text.hpp"
#include "build-image/show/sbom_table.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

namespace slipway::build_image {

namespace {

/// A command as it could be typed.
std::string typed(const std::vector<std::string>& argv) {
    std::string text;
    for (auto argument : argv) {
        constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@%+=,-";
        if (argument.empty() || argument.find_first_not_of(plain) != std::string::npos) {
            replace_all(argument, "'", "'\\''");
            argument = '\'' + argument + '\'';
        }
        text += (text.empty() ? "" : " ") + argument;
    }
    return text;
}

cli::Json text_or_null(const std::string& text) { return text.empty() ? cli::Json(nullptr) : cli::Json(text); }

std::string by_digest(const Plan& plan, const std::string& digest) {
    return digest.empty() ? std::string() : plan.destinations.front().repository.name() + '@' + digest;
}

/// The fields that a plan knows as well.
cli::Report describe(const Plan& plan, const std::string& digest) {
    cli::Report report;
    report.json["image"] = text_or_null(by_digest(plan, digest));
    report.json["digest"] = text_or_null(digest);
    report.json["tags"] = plan.full_tags();
    report.json["immutable_tag"] = text_or_null(plan.tags.immutable);
    report.json["version"] = plan.tags.version;
    report.json["annotations"] = cli::Json(plan.build.annotations);
    return report;
}

std::string short_digest(const std::string& digest) { return digest.substr(digest.find(':') + 1, 12); }

const char* in_words(Delivery delivery) {
    switch (delivery) {
    case Delivery::present: return "was there";
    case Delivery::mounted: return "mounted";
    case Delivery::uploaded: return "uploaded";
    }
    return "";
}

cli::Json attached_json(const Result& result) {
    auto list = cli::Json::array();
    for (const auto& attested : result.attested) {
        for (const auto& one : attested.attestations) {
            if (one.manifest.empty()) continue; // it is a file alone
            auto entry = cli::Json::object();
            entry["kind"] = name_of(one.document.kind);
            entry["subject"] = attested.subject.digest;
            entry["platform"] = text_or_null(attested.platform);
            entry["manifest"] = one.manifest;
            list.push_back(std::move(entry));
        }
    }
    return list;
}

/// Those of one kind among what is attached, or shown.
std::vector<const Document*> documents_of(const Result& result, DocumentKind kind) {
    std::vector<const Document*> documents;
    const auto add = [&](const Document& document) {
        if (document.kind == kind && !document.bytes.empty()) documents.push_back(&document);
    };
    for (const auto& attested : result.attested) {
        for (const auto& one : attested.attestations) add(one.document);
    }
    if (result.shown) {
        for (const auto& document : result.shown->documents) add(document);
    }
    return documents;
}

/// All documents as in-toto statements, one a line.
std::string statement_lines(const Result& result) {
    const auto name = result.plan.destinations.front().repository.name();
    std::string lines;
    for (const auto& attested : result.attested) {
        for (const auto& one : attested.attestations) lines += statement_line(one.document, name, attested.subject.digest) + '\n';
    }
    if (result.shown) {
        for (const auto& document : result.shown->documents) lines += statement_line(document, name, result.shown->subject) + '\n';
    }
    return lines;
}

cli::Report shown_report(const Plan& plan, const Result& result) {
    const auto& shown = *result.shown;
    cli::Report report;
    report.json["image"] = plan.destinations.front().repository.name() + '@' + shown.digest;
    report.json["digest"] = shown.digest;
    report.json["platform"] = text_or_null(shown.platform);
    const auto parsed = [](const Document& document) { return cli::Json::parse(document.bytes, nullptr, false); };
    for (const auto& document : shown.documents) {
        if (document.kind == DocumentKind::provenance) {
            report.json["provenance"].push_back(parsed(document));
            report.text += (report.text.empty() ? "" : "\n") + provenance_text(document.bytes);
        } else {
            report.json["sbom"][name_of(document.kind)] = parsed(document);
            // The two say the same.
            if (report.text.empty()) report.text = sbom_table(document.bytes);
        }
    }
    return report;
}

std::string layer_table(const Result& result) {
    std::string text;
    for (const auto& image : result.product->images) {
        text += "\n#### Layers of " + to_string(image.facts.platform) + "\n\n| | layer | size | |\n|--:|---|--:|---|\n";
        int number = 0;
        for (const auto& layer : image.layers) {
            const auto delivery = result.deliveries.find(layer.descriptor.digest);
            text += "| " + std::to_string(++number) + " | `" + short_digest(layer.descriptor.digest) + "` | " + size_in_words(layer.descriptor.size) + " | " +
                    (delivery == result.deliveries.end() ? "" : in_words(delivery->second)) + " |\n";
        }
    }
    return text;
}

std::string summary_of(const Result& result) {
    const auto& plan = result.plan;
    std::string text = "### Image\n\n| | |\n|---|---|\n";
    const auto row = [&](const char* name, const std::string& value) {
        if (!value.empty()) text += std::string("| ") + name + " | `" + value + "` |\n";
    };
    row("image", by_digest(plan, result.digest));
    for (const auto& name : plan.full_tags()) row("tag", name);
    row("commit", result.commit);
    if (result.skipped) text += "| not built | the registry had the same content |\n";
    if (result.product) text += "| size | " + size_in_words(result.product->size()) + " |\n";
    for (const auto& attested : result.attested) {
        for (const auto& one : attested.attestations) {
            if (!one.manifest.empty()) row(name_of(one.document.kind), one.manifest);
        }
    }
    if (result.product) text += layer_table(result);
    text += "\n#### Durations\n\n| | |\n|---|--:|\n";
    for (const auto& timing : result.timings) text += "| " + timing.what + " | " + format_duration(timing.took) + " |\n";
    return text;
}

} // namespace

cli::Report BuildImage::report(const Plan& plan) {
    if (!plan.shown.empty()) {
        cli::Report report;
        report.text = "would read what is attached to " + to_string(plan.destinations.front().repository) + '\n';
        return report;
    }
    auto report = describe(plan, "");
    report.json["commit"] = text_or_null(plan.commit);
    report.json["labels"] = cli::Json(plan.build.labels);
    report.json["skipped"] = false;
    report.json["platforms"] = plan.platforms;
    report.json["push"] = plan.push;
    report.json["attach"] = plan.attached;
    report.json["scan"] = text_or_null(plan.scan);
    report.json["sign"] = plan.signs;
    const Places places{.auth_file = "TEMPORARY/auth.json",
                        .certificates = plan.tls.ca_file.empty() && plan.tls.client_cert.empty() ? "" : "TEMPORARY/certificates",
                        .containerfile = plan.build.containerfile,
                        .image_id = "TEMPORARY/image-id",
                        .mark = "slipway-RANDOM"};
    std::vector<std::vector<std::string>> commands;
    if (plan.joined.empty() && plan.platforms.empty()) commands.push_back(build_command(plan.build, "", places, {}, plan.tls));
    if (plan.joined.empty()) {
        for (const auto& platform : plan.platforms) commands.push_back(build_command(plan.build, platform, places, {}, plan.tls));
    }
    report.json["commands"] = commands;
    if (plan.joined.empty()) report.text = "would build " + plan.build.context_folder + " with " + plan.build.containerfile + '\n';
    for (const auto& digest : plan.joined) report.text += "would join " + digest + '\n';
    if (!plan.scan.empty()) report.text += "would scan it by: " + one_line(plan.scan) + '\n';
    for (const auto& what : plan.attached) report.text += std::string("would ") + (plan.push ? "attach its " : "make its ") + what + '\n';
    if (plan.signs) report.text += "would sign it by cosign\n";
    for (const auto& name : plan.full_tags()) report.text += "would " + std::string(plan.push ? "push " : "keep ") + name + '\n';
    for (const auto& [key, value] : plan.build.labels) report.text += "label " + key + '=' + value + '\n';
    for (const auto& [key, value] : plan.build.annotations) report.text += "annotation " + key + '=' + value + '\n';
    if (plan.platforms.size() > 1 || !plan.joined.empty()) {
        report.json["index_annotations"] = cli::Json(plan.index_annotations);
        for (const auto& [key, value] : plan.index_annotations) report.text += "annotation of the index " + key + '=' + value + '\n';
    }
    for (const auto& origin : plan.login.origins) report.text += "credentials: " + origin + '\n';
    for (const auto& command : commands) report.text += "command: " + typed(command) + '\n';
    return report;
}

cli::Report BuildImage::report(const Result& result) {
    const auto& plan = result.plan;
    if (result.shown) return shown_report(plan, result);
    auto report = describe(plan, result.digest);
    const auto image_id = result.image_ids.size() == 1 ? result.image_ids.front() : std::string();
    const auto size = result.product ? result.product->size() : 0;
    report.json["commit"] = text_or_null(result.commit);
    report.json["labels"] = cli::Json(result.labels);
    report.json["skipped"] = result.skipped;
    report.json["image_id"] = text_or_null(image_id);
    report.json["key"] = text_or_null(result.key);
    report.json["size_bytes"] = result.product ? cli::Json(size) : cli::Json(nullptr);
    report.json["platforms"] = cli::Json::array();
    if (result.product) {
        for (const auto& image : result.product->images) {
            report.json["platforms"].push_back({{"platform", to_string(image.facts.platform)}, {"digest", image.manifest.digest}});
        }
    }
    report.json["attestations"] = attached_json(result);
    report.text = (plan.push ? result.digest : join(result.image_ids, "\n")) + '\n';
    report.outputs = {{"image", by_digest(plan, result.digest)},
                      {"digest", result.digest},
                      {"tags", join(plan.full_tags(), " ")},
                      {"immutable_tag", plan.tags.immutable},
                      {"version", plan.tags.version},
                      {"commit", result.commit},
                      {"skipped", result.skipped ? "true" : "false"},
                      {"size_bytes", result.product ? std::to_string(size) : ""},
                      {"labels", cli::Json(result.labels).dump()},
                      {"image_id", image_id}};
    report.summary = summary_of(result);
    return report;
}

void write_files(const Options& options, const Result& result, cli::Context& context) {
    const auto write = [&](const std::string& file, const std::string& text) {
        if (!file.empty()) context.files.write_atomic(file, text, io::Access::usual);
    };
    const auto write_document = [&](const std::string& file, DocumentKind kind) {
        if (file.empty()) return;
        const auto documents = documents_of(result, kind);
        if (documents.empty()) throw refused("cannot write " + file + ": the image has no " + name_of(kind) + " document attached");
        // The latest: a registry lists them in the order in which they came.
        write(file, documents.back()->bytes);
    };
    write_document(options.spdx_file, DocumentKind::spdx);
    write_document(options.cyclonedx_file, DocumentKind::cyclonedx);
    write_document(options.provenance_file, DocumentKind::provenance);
    if (!options.attestations.empty()) write(options.attestations, statement_lines(result));
    if (result.shown) return;
    // BuildKit writes none of them with a line break at the end.
    write(options.digest_file, result.digest);
    write(options.iid_file, result.image_ids.size() == 1 ? "sha256:" + result.image_ids.front() : result.digest);
    if (options.metadata_file.empty()) return;
    cli::Json metadata;
    metadata["image.name"] = join(result.plan.full_tags(), ",");
    if (result.product) {
        const auto& top = result.product->top();
        metadata["containerimage.digest"] = top.digest;
        metadata["containerimage.descriptor"] = {{"mediaType", top.media_type}, {"digest", top.digest}, {"size", top.bytes.size()}};
        if (!result.product->index) metadata["containerimage.config.digest"] = result.product->images.front().config.descriptor.digest;
    }
    write(options.metadata_file, metadata.dump(2) + '\n');
}

} // namespace slipway::build_image
