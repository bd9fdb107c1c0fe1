#include "build-image/buildah/complaint.hpp"

#include "build-image/buildah/rights.hpp"
#include "build-image/content/containerfile.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace slipway::build_image {

namespace {

constexpr std::size_t longest_reason = 600;
constexpr std::size_t last_lines = 3;

template <std::size_t N> bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

constexpr std::array<std::string_view, 3> disk_words = {"no space left on device", "No space left on device", "disk quota exceeded"};

/// A base image that the registry answers for: it is the Containerfile that names something wrong.
constexpr std::array<std::string_view, 4> missing_image_words = {"manifest unknown", "name unknown", "repository name not known", "not found: manifest"};

constexpr std::array<std::string_view, 6> refusal_words = {"unauthorized", "authentication required", "denied", "403 (Forbidden)", "401 (Unauthorized)", "403 Forbidden"};

constexpr std::array<std::string_view, 11> passing_words = {
    "connection refused", "connection reset", "broken pipe", "closed network connection", "EOF", "i/o timeout",
    "TLS handshake timeout", "deadline exceeded", "toomanyrequests", "server misbehaving", "Client.Timeout"};

/// Followed by a number; 5xx passes, as does 429.
constexpr std::array<std::string_view, 3> status_words = {"status code from registry ", "unexpected HTTP status: ", "StatusCode: "};

constexpr std::array<std::string_view, 9> network_words = {
    "pinging container registry", "no such host", "x509:", "tls:", "HTTP response to HTTPS client", "dial tcp",
    "network is unreachable", "invalid status code", "unexpected HTTP status"};

constexpr std::array<std::string_view, 7> rights_words = {
    "unshare(", "operation not permitted", "Operation not permitted", "newuidmap", "not enough IDs available", "mount namespace", "remount /"};

/// Buildah's own, of a RUN step whose program was never started; they stand where the program's last words do.
constexpr std::array<std::string_view, 3> isolation_words = {
    "error running subprocess: making mounts private", "error setting supplemental groups list", "error stat()ing intended root directory"};

/// Of Go's library, about a process that Buildah started, such as itself in a user namespace.
constexpr std::string_view killed_process = "signal: killed";

/// Buildah's own line about the program of a RUN step, which it follows up with "exit status 1".
constexpr std::string_view killed_program = "subprocess exited on killed";

/// A shell's, whose program was killed.
constexpr std::string_view killed_by_status = "exit status 137";

/// How a Go program begins to crash; a trace of some hundred lines follows.
constexpr std::array<std::string_view, 4> crash_openings = {"runtime: ", "runtime/cgo: ", "fatal error: ", "panic: "};

constexpr std::array<std::string_view, 2> closed_disk_words = {"storing layer", "read/write on closed pipe"};

bool is_passing(std::string_view why) {
    if (has_any(why, passing_words)) return true;
    for (const auto word : status_words) {
        const auto at = why.find(word);
        if (at == std::string_view::npos) continue;
        const auto status = why.substr(at + word.size(), 3);
        if (!status.empty() && (status[0] == '5' || status == "429" || status == "408")) return true;
    }
    return false;
}

bool is_log_line(std::string_view line) { return line.rfind("time=\"", 0) == 0; }

/// `time="..." level=error msg="why"` as `why`.
std::string without_log_frame(std::string_view line) {
    constexpr std::string_view opening = " msg=\"";
    const auto start = line.find(opening);
    if (!is_log_line(line) || start == std::string_view::npos || line.back() != '"') return std::string(line);
    return std::string(line.substr(start + opening.size(), line.size() - start - opening.size() - 1));
}

/// From Buildah's last "Error: ", or "Error during ", to the end, without what its log adds. Where there is none, how its crash begins, else
/// its last line.
std::string last_error(std::string_view err) {
    std::string error;
    std::string crash;
    std::string last;
    for (const auto line : lines(err)) {
        const auto text = trim(line);
        if (text.empty()) continue;
        const auto words = without_log_frame(text);
        if (words == "(Unable to determine exit status)") continue; // of itself, once it could not start itself anew
        last = words;
        const bool crashes = std::any_of(crash_openings.begin(), crash_openings.end(), [&](std::string_view opening) { return line.rfind(opening, 0) == 0; });
        if (crashes && crash.empty()) crash = text;
        constexpr std::string_view opening = "Error: ";
        constexpr std::string_view other_opening = "Error during "; // a call that it makes before anything else
        if (line.rfind(opening, 0) == 0) error = text.substr(opening.size());
        else if (line.rfind(other_opening, 0) == 0) error = text.substr(other_opening.size());
        else if (!error.empty() && !is_log_line(text)) error += " | " + std::string(text);
    }
    return visible(!error.empty() ? error : !crash.empty() ? crash : last);
}

/// Removes `opening...: ` from the front, where that says what our own message says already.
void drop_clause(std::string& why, std::string_view opening, std::string_view end) {
    if (why.rfind(opening, 0) != 0) return;
    if (const auto at = why.find(end); at != std::string::npos) why.erase(0, at + end.size());
}

void drop_known(std::string& why) {
    drop_clause(why, "pushing image \"", "\": ");
    drop_clause(why, "trying to reuse blob ", " at destination: ");
    drop_clause(why, "creating build container: ", ": ");
}

/// Without the middle: Buildah prints whole data structures now and then, and says why at the end.
std::string shortened(const std::string& text) {
    if (text.size() <= longest_reason) return text;
    return text.substr(0, longest_reason / 3) + " ... " + text.substr(text.size() - longest_reason * 2 / 3);
}

/// What RUN printed last, without the lines that Buildah adds.
std::string last_words_of_run(const io::ProcessResult& result) {
    std::vector<std::string> words;
    const auto err = lines(result.err);
    const auto out = lines(result.out);
    const auto take = [&](const std::vector<std::string_view>& from) {
        for (auto line = from.rbegin(); line != from.rend() && words.size() < last_lines; ++line) {
            if (trim(*line).empty() || line->rfind("Error: ", 0) == 0 || line->rfind("subprocess exited", 0) == 0 ||
                line->rfind("STEP ", 0) == 0 || is_log_line(*line)) continue;
            words.insert(words.begin(), std::string(trim(*line)));
        }
    };
    take(err);
    if (words.empty()) take(out);
    return join(words, " | ");
}

/// Splits `building at STEP "RUN make": exit status 1` into the step and the reason.
void split_step(Complaint& complaint) {
    constexpr std::string_view opening = "at STEP \"";
    const auto start = complaint.why.find(opening);
    if (start == std::string::npos) return;
    const auto end = complaint.why.find("\": ", start + opening.size());
    if (end == std::string::npos) return;
    complaint.step = complaint.why.substr(start + opening.size(), end - start - opening.size());
    complaint.why.erase(0, end + 3);
}

bool is_exit_of_run(const Complaint& complaint) {
    return complaint.step.rfind("RUN", 0) == 0 && complaint.why.find("exit status ") != std::string::npos;
}

/// The kernel's doing, most often for want of memory.
bool is_killed(const Complaint& complaint, const io::ProcessResult& result) {
    if (result.signal != 0 || complaint.why == killed_process) return true;
    if (!is_exit_of_run(complaint)) return false;
    const auto said = lines(result.err);
    return complaint.why == killed_by_status || std::find(said.begin(), said.end(), killed_program) != said.end();
}

Cause cause_of(const Complaint& complaint, const io::ProcessResult& result, Phase phase) {
    if (is_killed(complaint, result)) return Cause::killed;
    const std::string_view why = complaint.why;
    if (is_exit_of_run(complaint)) {
        const auto words = last_words_of_run(result);
        return has_any(words, isolation_words) ? Cause::rights : has_any(words, disk_words) ? Cause::disk : Cause::content;
    }
    if (has_any(why, disk_words)) return Cause::disk;
    // The file behind the pipe could not grow; Buildah drops that reason.
    if (std::all_of(closed_disk_words.begin(), closed_disk_words.end(), [&](std::string_view word) { return why.find(word) != std::string_view::npos; })) return Cause::disk;
    if (phase == Phase::build && has_any(why, missing_image_words)) return Cause::content;
    if (has_any(why, refusal_words) && why.find("permission denied") == std::string_view::npos) return Cause::credentials;
    // "unexpected EOF" may as well be about an archive in the context.
    const bool about_server = phase == Phase::push || why.find("://") != std::string_view::npos;
    if (has_any(why, network_words) || (about_server && is_passing(why))) return Cause::network;
    if (has_any(why, rights_words)) return Cause::rights;
    return phase == Phase::push ? Cause::network : Cause::content;
}

std::string hint_for(const Complaint& complaint, Phase phase) {
    const std::string_view why = complaint.why;
    switch (complaint.cause) {
    case Cause::credentials: return "credentials come from --registry-user with --registry-password-file, --authfile, or the CI";
    case Cause::disk: return "Buildah keeps layers in its storage (storage.conf) and large temporary files in TMPDIR";
    case Cause::rights:
        if (why.find("RLIMIT_") != std::string_view::npos) return "set default_ulimits in containers.conf to limits that are allowed here";
        if (why.find("id_map") != std::string_view::npos || why.find("chrooting") != std::string_view::npos) return "give the container the capabilities CHOWN, DAC_OVERRIDE, FOWNER, SETUID, SETGID, SETFCAP and SYS_CHROOT";
        if (why.find("supplemental groups") != std::string_view::npos) return "RUN steps need several users: run as root, or in a privileged container";
        if (why.find("intended root directory") != std::string_view::npos) return "RUN steps need a container whose root file system is writable";
        return rights_hint;
    case Cause::killed: return "the kernel may have been out of memory, or somebody ended it";
    case Cause::network:
        if (why.find("x509:") != std::string_view::npos) return "a private certificate authority is named with --ca-file";
        if (why.find("HTTP response to HTTPS client") != std::string_view::npos) return "--allow-insecure uses plain HTTP";
        return {};
    case Cause::content: break;
    }
    if (why.find("netavark") != std::string_view::npos) return "install the package netavark";
    if (phase == Phase::build && why.find("short-name") != std::string_view::npos) return "write the base image with its registry, such as docker.io/library/debian:12";
    return {};
}

std::string upper_first_word(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return upper(text);
    return upper(text.substr(0, space)) + std::string(text.substr(space));
}

std::string collapsed(std::string_view text) {
    std::string result;
    for (const char c : trim(text)) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank) result += c;
        else if (!result.empty() && result.back() != ' ') result += ' ';
    }
    return upper_first_word(result);
}

} // namespace

Complaint read_complaint(const io::ProcessResult& result, Phase phase) {
    Complaint complaint{.cause = {}, .why = last_error(result.err), .step = {}};
    split_step(complaint);
    drop_known(complaint.why);
    complaint.cause = cause_of(complaint, result, phase);
    complaint.passing = complaint.cause == Cause::network && is_passing(complaint.why);
    if (is_exit_of_run(complaint)) {
        if (complaint.cause == Cause::killed) complaint.why = killed_process; // not the status of what stood around the program
        if (const auto words = last_words_of_run(result); !words.empty()) complaint.why += ": " + words;
    }
    // Without an error of its own, a line from before would be a wrong trace.
    if (result.signal != 0 || complaint.why.empty()) complaint.why = io::how_it_ended(result);
    complaint.hint = hint_for(complaint, phase);
    complaint.why = shortened(complaint.why);
    return complaint;
}

ExitCode code_for(Cause cause) { return cause == Cause::content ? ExitCode::refused : ExitCode::world; }

std::optional<int> line_of_step(std::string_view containerfile, std::string_view step) {
    const auto wanted = collapsed(step);
    if (wanted.empty()) return std::nullopt;
    // Of an instruction that it does not know, Buildah repeats the first word only.
    const bool first_word_only = wanted.find(' ') == std::string::npos;
    std::optional<int> found;
    for (const auto& instruction : parse_containerfile(containerfile)) {
        const auto text = collapsed(instruction.text);
        const bool same = text == wanted || (first_word_only && text.rfind(wanted + ' ', 0) == 0);
        if (!same) continue;
        if (found) return std::nullopt;
        found = instruction.line;
    }
    return found;
}

} // namespace slipway::build_image
