#include "run-job/input/job_file.hpp"

#include "core/redactor.hpp"
#include "core/text.hpp"
#include "rendering/render.hpp"
#include "run-job/input/variables.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace slipway::run_job {

namespace {

constexpr int deepest_job = 100;

bool has_values(const rendering::ValueSources& sources) { return !sources.set.empty() || !sources.set_file.empty() || !sources.set_json.empty() || !sources.files.empty(); }

/// Whether a version such as "1.6.0-beta.1+ent" is 1.6 or newer.
bool knows_submissions(std::string_view version) {
    int major = 0;
    int minor = 0;
    const auto* end = version.data() + version.size();
    const auto after = std::from_chars(version.data(), end, major);
    if (after.ec != std::errc{} || after.ptr == end || *after.ptr != '.') return true; // a form that nobody knows is newer than this
    std::from_chars(after.ptr + 1, end, minor);
    return major > 1 || (major == 1 && minor >= 6);
}

constexpr std::string_view name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/// Names to which a text assigns something, as a task's env does; Nomad fills those in.
std::set<std::string_view> assigned_names(std::string_view text) {
    std::set<std::string_view> names;
    for (auto equals = text.find('='); equals != std::string_view::npos; equals = text.find('=', equals + 1)) {
        auto before = text.substr(0, equals);
        before = before.substr(0, before.find_last_not_of(" \t\"") + 1);
        names.insert(before.substr(before.find_last_not_of(name_characters) + 1));
    }
    return names;
}

/// A name in ${...} that looks like a placeholder of a template, and is none of Nomad's.
std::string placeholder_in(std::string_view text) {
    const auto assigned = assigned_names(text);
    for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
        if (at > 0 && text[at - 1] == '$') continue; // escaped
        const auto rest = text.substr(at + 2);
        const auto end = rest.find_first_not_of(name_characters);
        if (end == 0 || end == std::string_view::npos || rest[end] != '}') continue;
        const auto name = rest.substr(0, end);
        if (!name.starts_with("NOMAD_") && assigned.count(name) == 0) return std::string(name);
    }
    return {};
}

/// Reads job files one after the other, and collects what is wrong with them.
class Reader {
public:
    Reader(const Options& options, nomad::Client& client, cli::Context& context)
        : options_(options), client_(client), context_(context), names_({}, options.keep, {}), values_(options.values, names_, context) {
        read_variables();
    }

    std::vector<JobFile> read_all() {
        std::vector<Source> sources;
        each(options_.jobs, [&](const std::string& path) { sources.push_back(read(path)); });
        if (!sources.empty()) ask_version();
        each(sources, [&](Source& source) {
            if (auto file = complete(source)) add(std::move(*file));
        });
        for (const auto& name : values_.unused()) context_.log.warning("the value of " + name + " is given, and no job file asks for it");
        return std::move(files_);
    }

private:
    /// A file as far as it is known without the server.
    struct Source {
        JobFile file;
        std::string text;
        rendering::Rendered rendered;
        bool is_json = false;
    };

    /// What is wrong with one does not hide what is wrong with the next.
    template <class Items, class Work> void each(Items& items, Work work) {
        for (auto& item : items) {
            context_.cancellation.check();
            try {
                work(item);
            } catch (const Error& error) {
                if (error.code() == ExitCode::world) throw;
                is_misuse_ = is_misuse_ || error.code() == ExitCode::misuse;
                problems_.insert(problems_.end(), error.diagnostics().begin(), error.diagnostics().end());
            }
        }
        if (!problems_.empty()) throw Error(is_misuse_ ? ExitCode::misuse : ExitCode::refused, std::move(problems_));
    }

    void read_variables() {
        for (const auto& pair : options_.variables) {
            const auto equals = pair.find('=');
            const auto name = pair.substr(0, equals);
            variables_.flags[name] = pair.substr(equals + 1);
            hide(name, variables_.flags[name]);
        }
        for (const auto& path : options_.variable_files) {
            variables_.files.push_back({path, context_.files.read(path)});
            if (!is_valid_utf8(variables_.files.back().text)) throw misuse("cannot read the variables in " + path + ": it is no text in UTF-8");
        }
        for (const auto& name : options_.secrets) {
            if (const auto* value = values_.find(name)) hide(name, value->text);
        }
    }

    void ask_version() {
        const auto version = client_.version();
        const bool is_old = version && !knows_submissions(*version);
        takes_submissions_ = takes_submissions_ && !is_old;
        if (!variables_.empty() && is_old) {
            throw misuse("HCL2 variables need Nomad 1.6 or newer, and this server is " + visible(*version), "give the values with --set, for ${NAME} in the file");
        }
    }

    void hide(const std::string& name, const std::string& value) {
        if (!is_secret(name) || value.empty()) return;
        context_.commands.mask(Secret(value));
        if (value.size() < Redactor::shortest || value.find("${") != std::string::npos || value.find("%{") != std::string::npos) takes_submissions_ = false;
    }

    bool is_secret(const std::string& name) const { return std::find(options_.secrets.begin(), options_.secrets.end(), name) != options_.secrets.end(); }

    /// The source as Nomad may show it.
    std::optional<nomad::Submission> submission(const std::string& text, std::string format, Assignments assignments) const {
        if (!takes_submissions_) return std::nullopt;
        for (auto& [name, value] : assignments) {
            if (is_secret(name)) value = "\"***\"";
        }
        return nomad::Submission{.source = context_.log.redact(text), .format = std::move(format), .flags = {}, .variables = context_.log.redact(to_text(assignments))};
    }

    Source read(const std::string& path) {
        Source source;
        source.text = context_.files.read(path);
        const auto& text = source.text;
        auto& file = source.file;
        file.path = path == "-" ? "standard input" : path;
        if (!is_valid_utf8(text)) throw misuse("cannot read the job in " + file.path + ": it is no text in UTF-8");
        if (trim(text).empty()) throw Error(ExitCode::misuse, Diagnostic{.message = "the file is empty: there is no job in it", .place = {file.path}});
        source.is_json = trim(text).starts_with('{');
        source.rendered.text = text;
        if (has_values(options_.values)) {
            source.rendered = rendering::render(text, file.path, source.is_json ? rendering::Format::yaml : rendering::Format::hcl, names_, values_, {});
            file.warnings = std::move(source.rendered.warnings);
        } else if (const auto name = placeholder_in(text); !name.empty() && !source.is_json) {
            file.warnings.push_back({.severity = Severity::warning, .message = "${" + name + "} goes to Nomad as it is", .place = {file.path}, .hint = "if the file is a template, give its values with --set or --vars"});
        }
        if (source.is_json) read_json(source);
        return source;
    }

    std::optional<JobFile> complete(Source& source) {
        auto& file = source.file;
        if (source.is_json) file.submission = submission(source.rendered.text, "json", {});
        if (!source.is_json && !read_hcl(source)) return std::nullopt;
        if (!describe(file) || !validate(file)) return std::nullopt;
        return std::move(file);
    }

    void refuse(std::string message, Place place, std::string hint = {}) { problems_.push_back({.message = std::move(message), .place = std::move(place), .hint = std::move(hint)}); }

    void read_json(Source& source) const {
        auto& file = source.file;
        try {
            // Whoever looks into a job goes down by recursion.
            const auto is_shallow = [&](int depth, nomad::Json::parse_event_t, nomad::Json&) {
                if (depth > deepest_job) throw misuse("cannot read the job in " + file.path + ": its lists and objects lie in each other too deeply");
                return true;
            };
            file.job = nomad::Json::parse(source.rendered.text, is_shallow);
        } catch (const nomad::Json::parse_error& error) {
            const auto offset = rendering::template_offset(source.rendered.cuts, error.byte > 0 ? error.byte - 1 : 0);
            // Before the colon stands where, in words of the library.
            const std::string_view words = error.what();
            const auto colon = words.find(": ");
            throw Error(ExitCode::misuse, Diagnostic{.message = "wrong JSON: " + visible(one_line(words.substr(colon == std::string_view::npos ? 0 : colon + 2))), .place = Places(source.text, file.path).at(offset)});
        }
        if (const auto wrapped = file.job.find("Job"); wrapped != file.job.end() && wrapped->is_object()) {
            auto job = std::move(*wrapped);
            file.job = std::move(job);
        }
    }

    bool read_hcl(Source& source) {
        auto& file = source.file;
        const auto& rendered = source.rendered;
        const auto assigned = variables_.empty() ? Assignments() : assignments(variables_, rendered.text, file.path);
        for (const auto& [name, value] : assigned) {
            if (value.starts_with('"')) hide(name, value.substr(1, value.rfind('"') - 1)); // a file's; a flag's is hidden by now
        }
        auto parsed = client_.parse(rendered.text, to_text(assigned));
        const Places places(source.text, file.path);
        for (const auto& objection : parsed.objections) {
            refuse("Nomad refuses the job: " + objection.message, objection.line > 0 ? rendering::template_place(rendered, places, objection.line, objection.column) : Place{.file = file.path});
        }
        file.job = std::move(parsed.job);
        file.submission = submission(rendered.text, "hcl2", assigned);
        return parsed.objections.empty();
    }

    bool describe(JobFile& file) {
        file.key = {nomad::text_at(file.job, "ID"), options_.nomad.name_space.empty() ? nomad::text_at(file.job, "Namespace") : options_.nomad.name_space};
        if (file.key.name_space == "default") file.key.name_space.clear();
        file.type = nomad::text_at(file.job, "Type");
        if (file.type.empty()) file.type = "service";
        if (!file.key.id.empty()) return true;
        is_misuse_ = true;
        refuse("there is no job in it: a job has an ID", {file.path}, "a job file is HCL with a job block, or the API's JSON");
        return false;
    }

    bool validate(JobFile& file) {
        const auto validation = client_.validate(file.job);
        for (const auto& error : validation.errors) refuse("Nomad refuses the job: " + visible(error), {file.path});
        for (const auto& warning : validation.warnings) file.warnings.push_back({.severity = Severity::warning, .message = "Nomad warns: " + visible(warning), .place = {file.path}});
        return validation.errors.empty();
    }

    void add(JobFile file) {
        const auto same = std::find_if(files_.begin(), files_.end(), [&](const JobFile& other) { return other.key == file.key; });
        if (same == files_.end()) return files_.push_back(std::move(file));
        is_misuse_ = true;
        refuse("job " + to_string(file.key) + " is in " + same->path + " as well: each job is registered once", {file.path});
    }

    const Options& options_;
    nomad::Client& client_;
    cli::Context& context_;
    rendering::Names names_;
    rendering::Values values_;
    Variables variables_;
    bool takes_submissions_ = true;
    std::vector<JobFile> files_;
    std::vector<Diagnostic> problems_;
    bool is_misuse_ = false;
};

} // namespace

std::vector<JobFile> read_job_files(const Options& options, nomad::Client& client, cli::Context& context) { return Reader(options, client, context).read_all(); }

void mark_for_another_run(nomad::Json& job, const std::string& run) {
    auto& meta = job["Meta"];
    if (!meta.is_object()) meta = nomad::Json::object();
    meta["slipway_run"] = run;
}

} // namespace slipway::run_job
