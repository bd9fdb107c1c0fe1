#include "render_jobspec.hpp"

#include "core/diff.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "inputs.hpp"
#include "nomad/plan.hpp"

#include <algorithm>
#include <set>

namespace slipway::render_jobspec {

namespace {

/// What the user says a template is, or its name.
std::optional<rendering::Format> format_of(const std::string& choice, const std::string& path) {
    if (choice == "hcl") return rendering::Format::hcl;
    if (choice == "yaml") return rendering::Format::yaml;
    if (choice == "text") return rendering::Format::text;
    return path == "-" ? std::nullopt : rendering::format_of(path);
}

/// What --diff or --check compares with; nothing where no file is yet.
std::string text_before(const std::string& path, bool may_be_missing, io::Files& files) {
    if (may_be_missing && files.kind(path) == io::FileKind::none) return {};
    return files.read(path);
}

/// Collects what is wrong with all files, to tell it together.
class Problems {
public:
    void add(const Error& error) {
        code_ = diagnostics_.empty() || error.code() == ExitCode::misuse ? error.code() : code_;
        diagnostics_.insert(diagnostics_.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
    void end_if_any() {
        if (!diagnostics_.empty()) throw Error(code_, std::move(diagnostics_));
    }

private:
    ExitCode code_ = ExitCode::refused;
    std::vector<Diagnostic> diagnostics_;
};

void hide_secrets(const Options& options, const rendering::Values& values, cli::Context& context) {
    for (const auto& name : options.secrets) {
        if (const auto* value = values.find(name); value != nullptr && !value->text.empty()) context.commands.mask(Secret(value->text));
    }
}

/// What may be wrong with a template that nobody called HCL.
Error with_hint(const Error& error) {
    auto diagnostics = error.diagnostics();
    for (auto& diagnostic : diagnostics) {
        if (diagnostic.message.starts_with("wrong HCL")) diagnostic.hint = "its name does not say what it is, so it is read as HCL; --format says otherwise";
    }
    return {error.code(), std::move(diagnostics)};
}

/// @return nothing when the error is among the problems
std::optional<File> render_one(const Input& input, const std::string& text, const Options& options, const rendering::Names& names,
                               const rendering::Values& values, Problems& problems) {
    const auto format = format_of(options.format, input.path);
    File file{.path = input.path == "-" ? "standard input" : input.path, .output = input.output, .format = format.value_or(rendering::Format::hcl)};
    const rendering::Allowances allowances{.raw = {options.raw.begin(), options.raw.end()}, .multiline = options.multiline};
    try {
        file.rendered = rendering::render(text, file.path, file.format, names, values, allowances);
    } catch (const Error& error) {
        problems.add(format ? error : with_hint(error));
        return std::nullopt;
    }
    file.sha256 = sha256(file.rendered.text);
    return file;
}

/// The files of a report's JSON.
cli::Json describe(const std::vector<File>& files) {
    auto all = cli::Json::array();
    for (const auto& file : files) {
        auto names = cli::Json::array();
        for (const auto& name : file.rendered.names) names.push_back(name);
        cli::Json entry = {{"path", file.output.empty() ? cli::Json(nullptr) : cli::Json(file.output)}, {"sha256", file.sha256}, {"names", std::move(names)}};
        if (file.plan) entry["changes"] = nomad::changes_anything(*file.plan);
        all.push_back(std::move(entry));
    }
    return all;
}

std::set<std::string> all_names(const std::vector<File>& files) {
    std::set<std::string> names;
    for (const auto& file : files) names.insert(file.rendered.names.begin(), file.rendered.names.end());
    return names;
}

/// One hash for what was rendered: of several files as sha256sum would print them.
std::string hash_of(const Plan& plan) {
    if (plan.folder.empty()) return plan.files->front().sha256;
    std::string list;
    for (const auto& file : *plan.files) list += file.sha256 + "  " + io::Path(file.output).lexically_relative(plan.folder).string() + '\n';
    return sha256(list);
}

bool is_changed(const Plan& plan) {
    return std::any_of(plan.files->begin(), plan.files->end(), [](const File& file) { return file.plan && nomad::changes_anything(*file.plan); });
}

std::string summary_of(const Plan& plan) {
    std::string summary;
    for (const auto& file : *plan.files) {
        if (!file.plan) continue;
        summary += "### Nomad's plan for " + file.path + "\n\n````diff\n" + nomad::difference_for_people(*file.plan) + "````\n";
    }
    return summary;
}

} // namespace

Plan RenderJobspec::plan(const Options& options, cli::Context& context) {
    const auto inputs = find_inputs(options, context.files);
    const rendering::Names names(options.allow, options.keep, options.name_pattern);
    const rendering::Values values(options.values, names, context);
    hide_secrets(options, values, context);
    Validation validation(options, context);

    auto files = std::make_shared<std::vector<File>>();
    Plan plan{.folder = inputs.to_folder ? options.output : "", .compares = !options.diff.empty(), .only_checks = options.check, .refuses_change = options.fail_on_change};
    Problems problems;
    bool says_text = false;
    for (const auto& input : inputs.files) {
        context.cancellation.check();
        const auto text = context.files.read(input.path);
        auto file = render_one(input, text, options, names, values, problems);
        if (!file) continue;
        says_text = says_text || file->format == rendering::Format::text;
        std::vector<Diagnostic> found = std::move(file->rendered.warnings);
        try {
            validation.look_at(*file, text, found);
        } catch (const Error& error) {
            if (error.code() != ExitCode::refused) throw;
            problems.add(error);
        }
        const auto is_error = [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; };
        if (std::any_of(found.begin(), found.end(), is_error)) {
            problems.add(Error(ExitCode::refused, std::move(found)));
            continue;
        }
        plan.warnings.insert(plan.warnings.end(), found.begin(), found.end());
        const auto& other = options.check ? input.output : input.old;
        if (!other.empty()) file->difference = unified_diff(text_before(other, options.check || inputs.to_folder, context.files), file->rendered.text, other);
        for (const auto& name : file->rendered.names) plan.sources[name] = values.find(name)->source;
        files->push_back(std::move(*file));
    }
    problems.end_if_any();
    for (const auto& name : values.unused()) context.log.warning("the value of " + name + " is given, and no template asks for it");
    if (says_text) context.log.info("values go into text files as they are: nothing is escaped, and nothing is checked");
    for (const auto& file : *files) {
        if (file.plan) context.log.raw(nomad::difference_for_people(*file.plan));
    }
    plan.files = std::move(files);
    return plan;
}

Result RenderJobspec::run(const Options&, const Plan& plan, cli::Context& context) {
    if (plan.only_checks) return {plan};
    for (const auto& file : *plan.files) {
        if (file.output.empty()) continue;
        if (!plan.folder.empty()) context.files.make_folders(io::Path(file.output).parent_path());
        context.files.write_atomic(file.output, file.rendered.text);
        context.log.info("wrote " + file.output + " with " + count_of(file.rendered.names.size(), "name") + " filled in");
    }
    return {plan};
}

cli::Report RenderJobspec::report(const Plan& plan) {
    cli::Report report{.diagnostics = plan.warnings};
    report.json["files"] = describe(*plan.files);
    for (const auto& [name, source] : plan.sources) report.text += "would fill in ${" + name + "} from " + source + '\n';
    for (const auto& file : *plan.files) {
        report.text += "would write " + (file.output.empty() ? "to standard output" : file.output) + " (" + to_string(file.format) + ")\n";
    }
    return report;
}

cli::Report RenderJobspec::report(const Result& result) {
    const auto& plan = result.plan;
    cli::Report report{.summary = summary_of(plan), .diagnostics = plan.warnings};
    report.json["files"] = describe(*plan.files);
    const auto names = all_names(*plan.files);
    report.outputs = {{"path", plan.folder.empty() ? plan.files->front().output : plan.folder},
                      {"sha256", hash_of(plan)},
                      {"names", join(std::vector<std::string>(names.begin(), names.end()), ",")}};
    for (const auto& file : *plan.files) {
        if (plan.compares || plan.only_checks) report.text += file.difference;
        if (!plan.only_checks || file.difference.empty()) continue;
        report.code = ExitCode::refused;
        report.diagnostics.push_back({.message = file.output + " is not what " + file.path + " renders to", .place = {file.output}, .hint = "render it again without --check"});
    }
    if (plan.refuses_change && is_changed(plan)) {
        report.code = ExitCode::refused;
        report.diagnostics.push_back({.message = "registering the job would change it", .hint = "--fail-on-change refuses that"});
    }
    const auto& first = plan.files->front();
    if (first.output.empty() && !plan.compares && !plan.only_checks) {
        report.text = first.rendered.text;
        report.verbatim = true;
    }
    return report;
}

} // namespace slipway::render_jobspec
