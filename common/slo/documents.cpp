#include "slo/documents.hpp"

#include "core/text.hpp"
#include "slo/languages.hpp"
#include "yaml/manifests.hpp"

#include <algorithm>
#include <map>

namespace slipway::slo {

namespace {

std::string metadata_of(const SloDocument& document, std::string_view key) { return yaml::metadata_of(*document.tree, document.root, key); }

bool begins_with(std::string_view text, std::string_view front) { return text.substr(0, front.size()) == front; }

} // namespace

struct SloReader::Source {
    std::string text;
    std::vector<std::string_view> lines = {};
    std::unique_ptr<yaml::Tree> tree = {};
    SloFile result = {};
    std::vector<SloDocument> documents = {};
};

namespace {

class Dispatcher {
public:
    Dispatcher(const promql::Dialect& dialect, const References& references) : dialect_(dialect), references_(references) {}

    /// @return false when the document is in no language that is known
    bool read(const SloDocument& document) {
        const auto& tree = *document.tree;
        if (tree.meant(document.root).kind != yaml::NodeKind::map) return false;
        const auto version = yaml::text_at(tree, document.root, "apiVersion");
        const auto kind = yaml::text_at(tree, document.root, "kind");
        if (begins_with(version, "openslo/") || begins_with(version, "openslo.com/")) return openslo(document, version, kind);
        if (begins_with(version, "sloth.slok.dev/")) {
            if (kind != "PrometheusServiceLevel") return false;
            read_sloth_manifest(document, dialect_);
            return true;
        }
        if (begins_with(version, "sre.banzaicloud.io/")) {
            if (kind == "ServiceLevelObjective") read_backyards(document, references_, dialect_);
            else if (kind == "ServiceLevelIndicatorTemplate") check_backyards_template(document, dialect_);
            else return false;
            return true;
        }
        if (begins_with(version, "pyrra.dev/") && kind == "ServiceLevelObjective") {
            read_pyrra(document, dialect_);
            return true;
        }
        if (!version.empty() || !kind.empty()) return false;
        read_sloth(document, dialect_);
        return true;
    }

private:
    bool openslo(const SloDocument& document, const std::string& version, const std::string& kind) {
        if (kind == "SLO") {
            if (version == "openslo/v1alpha") read_openslo_alpha(document, dialect_);
            else read_openslo(document, references_, dialect_);
            return true;
        }
        static const std::vector<std::string> known = {"SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"};
        return std::find(known.begin(), known.end(), kind) != known.end(); // those only matter to what refers to them
    }

    const promql::Dialect& dialect_;
    const References& references_;
};

} // namespace

SloReader::SloReader(promql::Dialect dialect) : dialect_(dialect) {}
SloReader::~SloReader() = default;

void SloReader::add(std::string text, const std::string& file) {
    auto source = std::make_unique<Source>();
    source->text = std::move(text);
    source->lines = lines(source->text);
    source->result.file = file;
    try {
        source->tree = std::make_unique<yaml::Tree>(source->text, file);
        for (const auto root : yaml::manifests_of(*source->tree)) source->documents.push_back({source->tree.get(), root, &source->lines, &source->result.problems, &source->result.objectives});
    } catch (const Error& error) {
        source->result.unreadable = true;
        source->result.problems = error.diagnostics();
    }
    sources_.push_back(std::move(source));
}

std::vector<SloFile> SloReader::finish() {
    References references;
    for (const auto& source : sources_) {
        for (const auto& document : source->documents) {
            const auto kind = yaml::text_at(*document.tree, document.root, "kind");
            const auto space = kind == "ServiceLevelIndicatorTemplate" ? metadata_of(document, "namespace") + '/' : std::string();
            if (!kind.empty()) references.emplace(std::pair(kind, space + metadata_of(document, "name")), document);
        }
    }
    Dispatcher dispatcher(dialect_, references);
    for (const auto& source : sources_) {
        for (const auto& document : source->documents) {
            if (dispatcher.read(document)) continue;
            source->result.unreadable = true;
            source->result.problems.push_back({.message = "a document of the kind '" + visible(yaml::text_at(*document.tree, document.root, "kind")) + "' stands among the objectives, and is none", .place = document.tree->place(document.root),
                                               .hint = "put it into a file of its own", .id = "document-kind"});
        }
    }
    std::vector<SloFile> files;
    std::map<std::string, Place> seen;
    for (const auto& source : sources_) {
        for (const auto& objective : source->result.objectives) {
            const auto [first, fresh] = seen.emplace(objective.id(), objective.place);
            if (!fresh) source->result.problems.push_back({.message = "the objective '" + visible(objective.name) + "' of the service '" + visible(objective.service) + "' stands in " + to_string(first->second) + " already", .place = objective.place, .hint = "give one of them another name", .id = "slo-duplicate"});
        }
    }
    for (auto& source : sources_) files.push_back(std::move(source->result));
    sources_.clear();
    return files;
}

double share_of_percent(const Fields& fields, std::string_view key) {
    const auto percent = fields.number(key, Need::required);
    return percent ? rounded(*percent / 100) : 0.5;
}

void add_objective(Objective objective, const Fields& said_in, std::string_view target_key, std::size_t before, const SloDocument& document) {
    if (!(objective.target > 0 && objective.target < 1)) {
        const bool too_much = objective.target >= 1;
        said_in.complain(target_key, too_much ? "the objective leaves no error budget" : "the objective is no share of good events", "such as 99.9 %; a share of 0.999 and 99.9 % are the same");
    }
    if (said_in.has(target_key) && !objective.service.empty() && objective.name.find_first_of("\n\r") != std::string::npos) said_in.complain("", "the name of an objective has no line breaks");
    const auto& problems = *document.problems;
    const bool wrong = std::any_of(problems.begin() + static_cast<std::ptrdiff_t>(std::min(before, problems.size())), problems.end(), [](const auto& problem) { return problem.severity == Severity::error; });
    const auto& indicator = objective.indicator;
    if (wrong || indicator.numerator.empty() || (indicator.counts_events() && indicator.total.empty())) return;
    document.objectives->push_back(std::move(objective));
}

} // namespace slipway::slo
