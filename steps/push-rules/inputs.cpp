#include "inputs.hpp"

#include "core/text.hpp"
#include "prometheus/rule_writer.hpp"
#include "slo/documents.hpp"
#include "slo_inputs.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace slipway::push_rules {

namespace {

bool is_rule_file_name(const std::string& name) {
    const auto extension = io::Path(name).extension();
    return extension == ".yml" || extension == ".yaml";
}

bool is_dashboard_name(const std::string& path) { return io::Path(path).extension() == ".json"; }

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

class Collector {
public:
    Collector(const ReadSettings& settings, io::Files& files, const io::Cancellation& cancellation) : settings_(settings), files_(files), cancellation_(cancellation), objectives_(settings.language.dialect) {}

    Inputs collect(const std::vector<std::string>& paths) {
        for (const auto& path : paths) {
            try {
                given(path);
            } catch (const Error& error) {
                add_unreadable(error);
            }
        }
        make_rules_from(objectives_.finish(), settings_.slo, settings_.language, inputs_);
        return std::move(inputs_);
    }

private:
    void given(const std::string& path) {
        if (is_pattern(path) && files_.kind(path) == io::FileKind::none) return pattern(path);
        if (files_.kind(path) != io::FileKind::directory) return file(path);
        if (folders_.count(files_.canonical(path)) != 0) return;
        const auto before = found_;
        folder(io::Path(path).lexically_normal());
        if (found_ == before) throw misuse("cannot take rules from " + path + ": the folder holds no *.yml or *.yaml file");
    }

    /// What a shell would have put in its place, had nobody quoted it.
    void pattern(const std::string& path) {
        std::vector<io::Path> matching = {io::Path()};
        for (const auto& part : io::Path(path)) {
            std::vector<io::Path> next;
            for (const auto& base : matching) expand(base, part.string(), next);
            matching = std::move(next);
        }
        if (matching.empty()) throw misuse("cannot take rules from " + path + ": nothing matches this pattern");
        for (const auto& match : matching) given(match.string());
    }

    void expand(const io::Path& base, const std::string& part, std::vector<io::Path>& found) {
        if (!is_pattern(part)) {
            if (files_.kind(base / part) != io::FileKind::none) found.push_back(base / part);
            return;
        }
        if (files_.kind(base.empty() ? "." : base) != io::FileKind::directory) return;
        for (const auto& name : files_.list(base.empty() ? "." : base)) {
            if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) found.push_back(base / name);
        }
    }

    void folder(const io::Path& path) {
        if (!folders_.insert(files_.canonical(path)).second) return; // a symbolic link may lead back
        for (const auto& name : files_.list(path)) {
            if (name.front() == '.') continue;
            // "." in front of every name helps nobody.
            const auto entry = (path / name).lexically_normal();
            try {
                if (files_.kind(entry) == io::FileKind::directory) folder(entry);
                else if (is_rule_file_name(name)) file(entry.string());
            } catch (const Error& error) {
                add_unreadable(error);
            }
        }
    }

    void file(const std::string& path) {
        ++found_;
        cancellation_.check();
        if (!seen_.insert(files_.canonical(path)).second) return;
        if (files_.kind(path) == io::FileKind::other) throw misuse("cannot read " + path + ": it is no regular file");
        if (is_dashboard_name(path)) return dashboard(path);
        Input input{.path = path, .name = io::Path(path).filename().string(), .text = files_.read(path)};
        input.rules = prometheus::read_rule_file(input.text, path, settings_.language, settings_.keep);
        if (input.rules.is_test) {
            inputs_.tests.push_back(path);
            return;
        }
        if (input.rules.is_slo && !input.rules.unreadable) objectives_.add(input.text, path);
        else input.rules.is_slo = false;
        if (input.rules.unreadable) inputs_.unreadable = true;
        inputs_.problems.insert(inputs_.problems.end(), input.rules.problems.begin(), input.rules.problems.end());
        inputs_.files.push_back(std::move(input));
    }

    void dashboard(const std::string& path) {
        Dashboard dashboard{.path = path, .text = files_.read(path)};
        dashboard.queries = panel_queries(dashboard.text, path);
        inputs_.dashboards.push_back(std::move(dashboard));
    }

    void add_unreadable(const Error& error) {
        inputs_.unreadable = true;
        inputs_.problems.insert(inputs_.problems.end(), error.diagnostics().begin(), error.diagnostics().end());
    }

    const ReadSettings& settings_;
    io::Files& files_;
    const io::Cancellation& cancellation_;
    slo::SloReader objectives_; ///< they refer to each other across files
    Inputs inputs_;
    std::set<io::Path> folders_;
    std::set<io::Path> seen_;
    std::size_t found_ = 0;
};

} // namespace

bool Inputs::has_errors() const {
    return std::any_of(problems.begin(), problems.end(), [](const auto& problem) { return problem.severity == Severity::error; });
}

void Inputs::sort_problems() {
    std::map<std::string, std::size_t> order;
    for (const auto& input : files) order.emplace(input.path, order.size());
    for (const auto& dashboard : dashboards) order.emplace(dashboard.path, order.size());
    const auto rank = [&](const Diagnostic& problem) {
        const auto file = order.find(problem.place.file);
        // A file that gives no rules has no rank; its problems stay together.
        return std::tuple(file == order.end() ? order.size() : file->second, std::string_view(problem.place.file), problem.place.line, problem.place.column);
    };
    std::stable_sort(problems.begin(), problems.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

Inputs read_inputs(const std::vector<std::string>& paths, const ReadSettings& settings, io::Files& files, const io::Cancellation& cancellation) {
    return Collector(settings, files, cancellation).collect(paths);
}

void check_names(Inputs& inputs, Severity severity) {
    std::map<std::string, std::string> owner;
    for (const auto& input : inputs.files) {
        const auto [first, fresh] = owner.emplace(input.name, input.path);
        if (fresh) continue;
        inputs.problems.push_back({severity, "the file has the same name as " + first->second + ": only one of them can lie in one folder", {input.path, 0, 0}, "rename one of them", "file-name"});
        if (severity == Severity::error) inputs.unreadable = true;
    }
}

void unwrap_manifests(Inputs& inputs) {
    for (auto& input : inputs.files) {
        if (input.rules.is_manifest) input.generated = prometheus::write_rule_file(input.rules.groups, {"Made from the manifest " + input.name + " by push-rules. What is changed here is lost; change that file."});
    }
}

} // namespace slipway::push_rules
