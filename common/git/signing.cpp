#include "git/signing.hpp"

#include "core/text.hpp"
#include "git/ssh.hpp"

#include <string_view>

namespace slipway::git {

namespace {

constexpr Duration longest_gpg{60'000};
constexpr Duration longest_tidying{2'000};

void require_program(cli::Context& context, const std::string& program, const std::string& package) {
    if (!context.processes.has(program))
        throw world_failure("cannot sign the commit: there is no " + program + " on the PATH",
                            "the package is " + package);
}

} // namespace

Signing::Kind kind_of_key(const Secret& key) {
    const auto repaired = repaired_key(key);
    const std::string_view text = repaired.reveal();
    if (text.substr(0, 36) == "-----BEGIN PGP PRIVATE KEY BLOCK----") return Signing::Kind::openpgp;
    return why_no_private_key(key).empty() ? Signing::Kind::ssh : Signing::Kind::none;
}

Signer::Signer(cli::Context& context, const Signing& signing)
    : context_(context), folder_(context.files), kind_(signing.kind) {
    if (kind_ == Signing::Kind::openpgp) take_openpgp(signing);
    if (kind_ == Signing::Kind::ssh) take_ssh(signing);
}

Signer::~Signer() {
    if (kind_ != Signing::Kind::openpgp) return;
    try {
        io::Command command{.argv = {"gpgconf", "--kill", "all"}, .timeout = longest_tidying, .tidies_up = true};
        prepare(command.environment);
        context_.processes.run(command);
    } catch (...) {
        // The agent ends by itself when its folder is gone.
    }
}

void Signer::prepare(io::EnvironmentChanges& environment) const {
    if (kind_ == Signing::Kind::openpgp) environment.set("GNUPGHOME", folder_.path().string());
}

void Signer::take_ssh(const Signing& signing) {
    require_program(context_, "ssh-keygen", "openssh-client");
    if (const auto why = why_no_private_key(signing.key); !why.empty())
        throw misuse("cannot use the key to sign with: " + why);
    const auto file = folder_.path() / "key";
    context_.files.write_atomic(file, repaired_key(signing.key).reveal(), io::Access::owner_only);
    settings_ = {"-c", "gpg.format=ssh", "-c", "user.signingKey=" + file.string()};
}

io::ProcessResult Signer::gpg(std::vector<std::string> arguments, std::string input) const {
    arguments.insert(arguments.begin(), {"gpg", "--batch", "--no-tty"});
    io::Command command{.argv = std::move(arguments), .input = std::move(input), .timeout = longest_gpg};
    command.environment.set("LC_ALL", std::string("C"));
    prepare(command.environment);
    return context_.processes.run(command);
}

void Signer::take_openpgp(const Signing& signing) {
    require_program(context_, "gpg", "gnupg");
    // Git calls gpg without options of ours, so they stand in its file.
    std::string options = "batch\nno-tty\nno-greeting\npinentry-mode loopback\n";
    const auto passphrase = folder_.path() / "passphrase";
    // Without a passphrase file gpg would ask on a terminal for that of a locked key; an empty one fails.
    context_.files.write_atomic(passphrase, signing.passphrase.reveal() + '\n', io::Access::owner_only);
    options += "passphrase-file " + passphrase.string() + '\n';
    context_.files.write_atomic(folder_.path() / "gpg.conf", options, io::Access::owner_only);

    const auto imported = gpg({"--import"}, repaired_key(signing.key).reveal());
    const auto listed = gpg({"--list-secret-keys", "--with-colons"});
    for (const auto line : lines(listed.out)) {
        if (line.substr(0, 4) != "fpr:") continue;
        const auto fields = split(line, ':');
        if (fields.size() > 9)
            settings_ = {"-c", "gpg.format=openpgp", "-c", "user.signingKey=" + std::string(fields[9])};
        return; // the main key's comes first; gpg itself chooses the subkey that signs
    }
    throw misuse("cannot use the key to sign with: gpg takes no private key from it: " +
                     one_line(visible(trim(imported.err))),
                 "gpg --armor --export-secret-keys ID prints one");
}

} // namespace slipway::git
