#include "wait-for-slo/checks/analysis_files.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/resources.hpp"
#include "yaml/manifests.hpp"

#include <memory>
#include <set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

struct SourceFile {
    std::string text;
    std::vector<std::string_view> lines = {};
    std::unique_ptr<const yaml::Tree> tree = {};
};

class FileReader {
public:
    FileReader(io::Files& files, CheckReading& reading) : files_(files), reading_(reading) {}

    void read(const std::string& path) {
        auto source = std::make_unique<SourceFile>(SourceFile{files_.read(path)});
        source->lines = lines(source->text);
        try {
            source->tree = std::make_unique<const yaml::Tree>(source->text, path);
        } catch (const Error& error) {
            reading_.problems.insert(reading_.problems.end(), error.diagnostics().begin(), error.diagnostics().end());
            return;
        }
        for (const auto root : yaml::manifests_of(*source->tree)) sort(*source, root);
        sources_.push_back(std::move(source));
    }

    const std::vector<Resource>& argo() const { return argo_; }
    const std::vector<Resource>& flagger() const { return flagger_; }

private:
    void sort(const SourceFile& source, yaml::NodeId root) {
        const auto& tree = *source.tree;
        Resource resource{&tree, root, &source.lines};
        resource.kind = yaml::text_at(tree, root, "kind");
        resource.name = yaml::metadata_of(tree, root, "name");
        resource.space = yaml::metadata_of(tree, root, "namespace");
        const auto version = yaml::text_at(tree, root, "apiVersion");
        const auto& kind = resource.kind;
        if (kind.empty() || version.empty()) return reading_.complain(resource.place(), "this is no resource of Kubernetes: it has no 'kind' or no 'apiVersion'", "--analysis reads resources of Argo Rollouts and of Flagger");
        const bool is_argo = version.starts_with("argoproj.io/") && (kind == "AnalysisTemplate" || kind == "ClusterAnalysisTemplate" || kind == "AnalysisRun");
        const bool is_flagger = version.starts_with("flagger.app/") && (kind == "Canary" || kind == "MetricTemplate");
        if (!is_argo && !is_flagger) return reading_.remark(resource.place(), "the " + visible(kind) + " '" + visible(resource.name) + "' holds no checks and is ignored");
        (is_argo ? argo_ : flagger_).push_back(std::move(resource));
    }

    io::Files& files_;
    CheckReading& reading_;
    std::vector<std::unique_ptr<SourceFile>> sources_;
    std::vector<Resource> argo_;
    std::vector<Resource> flagger_;
};

/// A template that several refer to is read as often, and so are its mistakes.
template <class Item, class Text> void drop_repetitions(std::vector<Item>& items, Text text) {
    std::set<std::string> seen;
    std::erase_if(items, [&](const Item& item) { return !seen.insert(text(item)).second; });
}

} // namespace

GivenArguments::GivenArguments(const std::vector<std::string>& args) {
    for (const auto& arg : args) {
        const auto equals = arg.find('=');
        // Not the argument itself, which may be a secret without its name.
        if (equals == std::string::npos || equals == 0) throw misuse("--analysis-arg takes NAME=VALUE, and one has no name or no '='");
        values_[arg.substr(0, equals)] = arg.substr(equals + 1);
    }
}

const std::string* GivenArguments::find(const std::string& name) {
    known_.insert(name);
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
}

void GivenArguments::complain_of_unknown(std::vector<Diagnostic>& problems) const {
    const std::vector<std::string> names(known_.begin(), known_.end());
    for (const auto& value : values_) {
        if (known_.count(value.first) != 0) continue;
        const auto meant = closest(value.first, names);
        problems.push_back({.message = "--analysis-arg " + visible(value.first) + ": no template has an argument of this name",
                            .hint = meant ? "did you mean " + *meant + "?" : names.empty() ? "the templates have no arguments" : "they have " + join(names, ", "), .id = "analysis"});
    }
}

CheckPlan read_analysis_files(const std::vector<std::string>& paths, const std::vector<std::string>& args, bool run_webhooks, io::Files& files) {
    CheckReading reading;
    GivenArguments given(args);
    FileReader reader(files, reading);
    for (const auto& path : paths) reader.read(path);
    read_argo(reader.argo(), given, reading);
    read_flagger(reader.flagger(), run_webhooks, reading);
    given.complain_of_unknown(reading.problems);
    if (reading.problems.empty() && reading.plan.empty() && !paths.empty()) {
        reading.problems.push_back({.message = "no check stands in " + join(paths, ", "), .hint = "--analysis takes AnalysisTemplates of Argo Rollouts, and Canaries of Flagger with their MetricTemplates", .id = "analysis"});
    }
    drop_repetitions(reading.problems, to_line);
    drop_repetitions(reading.plan.remarks, [](const std::string& remark) { return remark; });
    if (!reading.problems.empty()) throw Error(ExitCode::misuse, std::move(reading.problems));
    return std::move(reading.plan);
}

} // namespace slipway::wait_for_slo
