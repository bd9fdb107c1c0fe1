#include "inputs.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace slipway::push_rules {

namespace {

bool is_rule_file_name(const std::string& name) {
    const auto extension = io::Path(name).extension();
    return extension == ".yml" || extension == ".yaml";
}

class Collector {
public:
    Collector(io::Files& files, const io::Cancellation& cancellation) : files_(files), cancellation_(cancellation) {}

    Inputs collect(const std::vector<std::string>& paths) {
        for (const auto& path : paths) {
            try {
                given(path);
            } catch (const Error& error) {
                add_unreadable(error);
            }
        }
        return std::move(inputs_);
    }

private:
    void given(const std::string& path) {
        if (files_.kind(path) != io::FileKind::directory) return file(path);
        if (folders_.count(files_.canonical(path)) != 0) return;
        const auto before = found_;
        folder(io::Path(path).lexically_normal());
        if (found_ == before) throw misuse("cannot take rules from " + path + ": the folder holds no *.yml or *.yaml file");
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
        Input input{.path = path, .name = io::Path(path).filename().string(), .text = files_.read(path)};
        input.rules = prometheus::read_rule_file(input.text, path);
        if (input.rules.unreadable) inputs_.unreadable = true;
        inputs_.problems.insert(inputs_.problems.end(), input.rules.problems.begin(), input.rules.problems.end());
        inputs_.files.push_back(std::move(input));
    }

    void add_unreadable(const Error& error) {
        inputs_.unreadable = true;
        inputs_.problems.insert(inputs_.problems.end(), error.diagnostics().begin(), error.diagnostics().end());
    }

    io::Files& files_;
    const io::Cancellation& cancellation_;
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
    const auto rank = [&](const Diagnostic& problem) {
        const auto file = order.find(problem.place.file);
        return std::pair(file == order.end() ? order.size() : file->second, problem.place.line);
    };
    std::stable_sort(problems.begin(), problems.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

Inputs read_inputs(const std::vector<std::string>& paths, io::Files& files, const io::Cancellation& cancellation) {
    return Collector(files, cancellation).collect(paths);
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

} // namespace slipway::push_rules
