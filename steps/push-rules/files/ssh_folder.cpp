#include "push-rules/files/ssh_folder.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cctype>

namespace slipway::push_rules {

namespace {

constexpr Duration usual_patience{60'000};
constexpr Duration hurried_patience{2'500};
/// What ssh itself ends with when it does not come through.
constexpr int ssh_failed = 255;
/// Chosen by us, unlike what tools end with.
constexpr int is_missing = 61;
constexpr int is_no_file = 62;
constexpr int is_locked = 63;

/// A text as one word of the shell.
std::string shell_word(const std::string& text) {
    std::string copy = text;
    replace_all(copy, "'", "'\\''");
    return '\'' + copy + '\'';
}

/// Its last line says why; what stands in front may be a server's greeting.
std::string last_words(const io::ProcessResult& result) {
    const auto all = lines(result.err);
    for (auto line = all.rbegin(); line != all.rend(); ++line) {
        if (!trim(*line).empty()) return one_line(trim(*line));
    }
    return how_it_ended(result);
}

} // namespace

/// Gives the lock back.
class SshLock final : public io::FolderLock {
public:
    explicit SshLock(SshFolder& folder) : folder_(folder) {}
    ~SshLock() override {
        try {
            folder_.run("rmdir " + shell_word(folder_.path_there(".push-rules.lock")), Hurry::yes);
        } catch (...) { // it is nobody's after an hour
        }
    }

private:
    SshFolder& folder_;
};

SshAddress parse_ssh_address(const std::string& address) {
    const auto wrong = [&](const std::string& why) { return misuse("cannot use --rules-dir: '" + visible(address) + "' " + why, "such as ssh://deploy@prometheus.example.com/etc/prometheus/rules"); };
    auto rest = address.substr(std::string("ssh://").size());
    const auto slash = rest.find('/');
    if (slash == std::string::npos || slash + 1 == rest.size()) throw wrong("names no folder");
    SshAddress result{.folder = rest.substr(slash)};
    auto host = rest.substr(0, slash);
    const auto at = host.rfind('@');
    const auto user = at == std::string::npos ? std::string() : host.substr(0, at);
    if (at != std::string::npos) host.erase(0, at + 1);
    if (user.find(':') != std::string::npos) throw wrong("holds a password, and ssh takes none");
    if (!host.empty() && host.front() == '[') {
        const auto end = host.find(']');
        if (end == std::string::npos) throw wrong("has no end of its IPv6 address");
        if (end + 1 < host.size() && host[end + 1] == ':') result.port = host.substr(end + 2);
        host = host.substr(1, end - 1);
    } else if (const auto colon = host.rfind(':'); colon != std::string::npos) {
        result.port = host.substr(colon + 1);
        host.erase(colon);
    }
    // A name that begins with a dash would be an option of ssh.
    const auto plain = [](const std::string& text) { return text.front() != '-' && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || std::string_view("-._:%").find(static_cast<char>(c)) != std::string_view::npos; }); };
    if (host.empty() || !plain(host)) throw wrong("names no host");
    if (at != std::string::npos && (user.empty() || !plain(user))) throw wrong("names no user");
    if (std::any_of(result.port.begin(), result.port.end(), [](unsigned char c) { return std::isdigit(c) == 0; }) || result.port.size() > 5) throw wrong("has a port that is no number");
    result.destination = user.empty() ? host : user + '@' + host;
    return result;
}

SshFolder::SshFolder(SshAddress address, const SshOptions& options, cli::Context& context)
    : address_(std::move(address)), name_("ssh://" + address_.destination + (address_.port.empty() ? "" : ":" + address_.port) + address_.folder), context_(context), private_(context.files) {
    if (!context.processes.has("ssh")) throw world_failure("cannot reach " + name_ + ": there is no ssh on the PATH", "the package is openssh-client");
    const auto set = [&](const std::string& option) {
        options_.emplace_back("-o");
        options_.push_back(option);
    };
    set("BatchMode=yes");
    set("StrictHostKeyChecking=yes");
    set("ConnectTimeout=15");
    set("ServerAliveInterval=10");
    set("ServerAliveCountMax=3");
    set("LogLevel=ERROR");
    set("ClearAllForwardings=yes");
    set("ControlMaster=auto");
    set("ControlPath=" + (private_.path() / "ssh").string());
    set("ControlPersist=30");
    if (!options.known_hosts.empty()) {
        const auto file = context.files.canonical(options.known_hosts);
        if (context.files.kind(file) != io::FileKind::file) throw misuse("cannot use --ssh-known-hosts: there is no file " + options.known_hosts);
        set("UserKnownHostsFile=\"" + file.string() + '"');
        set("GlobalKnownHostsFile=/dev/null");
    }
    if (!options.key.empty()) {
        const auto file = private_.path() / "key";
        auto key = options.key.reveal();
        if (key.back() != '\n') key += '\n'; // ssh does not read a key without it
        context.files.write_atomic(file, key, io::Access::owner_only);
        set("IdentitiesOnly=yes");
        options_.emplace_back("-i");
        options_.push_back(file.string());
    }
    if (!address_.port.empty()) {
        options_.emplace_back("-p");
        options_.push_back(address_.port);
    }
}

SshFolder::~SshFolder() {
    try {
        std::vector<std::string> argv = {"ssh"};
        argv.insert(argv.end(), options_.begin(), options_.end());
        argv.insert(argv.end(), {"-O", "exit", address_.destination});
        context_.processes.run({.argv = std::move(argv), .timeout = hurried_patience, .tidies_up = true});
    } catch (...) { // the connection ends by itself
    }
}

io::ProcessResult SshFolder::run(const std::string& script, Hurry hurry) {
    std::vector<std::string> argv = {"ssh"};
    argv.insert(argv.end(), options_.begin(), options_.end());
    argv.insert(argv.end(), {address_.destination, "--", "exec sh -s"});
    const bool hurried = hurry == Hurry::yes;
    auto result = context_.processes.run({.argv = std::move(argv), .input = "LC_ALL=C\n" + script + '\n', .timeout = hurried ? hurried_patience : usual_patience, .tidies_up = hurried});
    if (result.exit_code == ssh_failed || result.timed_out || result.signal != 0) {
        const auto words = last_words(result);
        const bool unknown_host = words.find("ost key verification failed") != std::string::npos || result.err.find("No ED25519 host key is known") != std::string::npos;
        throw world_failure("cannot reach " + name_ + ": " + words, unknown_host ? "the host's key must be known beforehand: put what ssh-keyscan says, once you have verified it, into the file of --ssh-known-hosts"
                                                                                     : words.find("ermission denied") != std::string::npos ? "give a key by --ssh-key-file or an agent" : "");
    }
    return result;
}

std::string SshFolder::expect(const std::string& script, Hurry hurry, const std::string& what) {
    auto result = run(script, hurry);
    if (!result.ok()) throw world_failure(what + ": " + last_words(result));
    return std::move(result.out);
}

void SshFolder::check_exists() {
    const auto result = run("test -d " + shell_word(address_.folder), Hurry::no);
    if (!result.ok()) throw misuse("cannot publish into " + name_ + ": there is no such folder", "--rules-dir names the folder that Prometheus reads its rules from");
}

std::optional<std::string> SshFolder::read(const std::string& file) {
    const auto path = shell_word(path_there(file));
    const auto result = run("if [ -f " + path + " ]; then base64 < " + path + "; elif [ -e " + path + " ] || [ -L " + path + " ]; then exit " + std::to_string(is_no_file) + "; else exit " + std::to_string(is_missing) + "; fi", Hurry::no);
    if (result.exit_code == is_missing) return std::nullopt;
    if (result.exit_code == is_no_file) throw world_failure("cannot write " + shown(file) + ": what has this name is no file, or a link to none");
    if (!result.ok()) throw world_failure("cannot read " + shown(file) + ": " + last_words(result));
    std::string text;
    std::copy_if(result.out.begin(), result.out.end(), std::back_inserter(text), [](char c) { return c != '\n' && c != '\r'; });
    const auto bytes = decode_base64(text);
    if (!bytes) throw world_failure("cannot read " + shown(file) + ": what arrives is no base64");
    return *bytes;
}

std::string SshFolder::script_for(const std::string& file, const std::optional<std::string>& text) const {
    const auto path = shell_word(path_there(file));
    if (!text) return "rm -f -- " + path + '\n';
    // The new file keeps the permissions of the old one; a link is followed, as in a folder of this machine. One chain, so that nothing is
    // moved that was not written whole.
    auto script = "target=" + path + "\nif [ -L \"$target\" ]; then target=$(readlink -f -- \"$target\") || exit 1; fi\n";
    script += "beside=\"${target%/*}/.push-rules.$$.${target##*/}\"\ntrap 'rm -f -- \"$beside\"' EXIT\n";
    script += "{ [ ! -e \"$target\" ] || cp -p -- \"$target\" \"$beside\"; } && base64 -d > \"$beside\" <<'END_OF_FILE' && { sync -- \"$beside\" 2>/dev/null || sync; } && mv -f -- \"$beside\" \"$target\" && "
              "{ sync -- \"${target%/*}\" 2>/dev/null || sync; }\n";
    const auto encoded = base64(*text);
    constexpr std::size_t width = 76;
    for (std::size_t i = 0; i < encoded.size(); i += width) script += encoded.substr(i, width) + '\n';
    return script + "END_OF_FILE\n";
}

void SshFolder::write(const std::string& file, const std::string& text, Hurry hurry) { expect(script_for(file, text), hurry, "cannot write " + shown(file)); }

void SshFolder::remove(const std::string& file, Hurry hurry) { expect(script_for(file, std::nullopt), hurry, "cannot remove " + shown(file)); }

std::vector<std::string> SshFolder::take_back(const std::vector<OldFile>& files, Hurry hurry) {
    std::string script;
    for (std::size_t i = 0; i < files.size(); ++i) script += "(\n" + script_for(files[i].name, files[i].text) + ") || echo " + std::to_string(i) + '\n';
    std::vector<std::string> failures;
    try {
        const auto result = run(script + "exit 0", hurry);
        for (const auto line : lines(result.out)) {
            for (std::size_t i = 0; i < files.size(); ++i) {
                if (line == std::to_string(i)) failures.push_back("cannot write " + shown(files[i].name) + ": " + last_words(result));
            }
        }
    } catch (const Error& error) {
        failures.emplace_back(error.what());
    }
    return failures;
}

std::unique_ptr<io::FolderLock> SshFolder::try_lock() {
    const auto path = shell_word(path_there(".push-rules.lock"));
    const auto result = run("if [ -d " + path + " ] && [ -n \"$(find " + path + " -prune -mmin +60 2>/dev/null)\" ]; then rmdir " + path + "; fi\nif mkdir " + path + "; then exit 0; elif [ -d " + path + " ]; then exit " + std::to_string(is_locked) + "; else exit 1; fi", Hurry::no);
    if (result.exit_code == is_locked) return nullptr;
    if (!result.ok()) throw world_failure("cannot lock " + name_ + ": " + last_words(result));
    return std::make_unique<SshLock>(*this);
}

} // namespace slipway::push_rules
