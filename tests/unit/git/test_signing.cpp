#include "catch.hpp"

#include "failure.hpp"
#include "real_git.hpp"

#include <string>

using namespace slipway;
using namespace slipway::git;

namespace {

const std::string locked_words = "hunter2-hunter2";

struct Signed : real::World {
    std::string key_of_ssh() {
        const auto file = folder.path() / "id";
        processes.run({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file.string()}});
        files.write_atomic(folder.path() / "signers", "* " + files.read(file.string() + ".pub"), io::Access::usual);
        return files.read(file);
    }

    io::ProcessResult gpg(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"gpg", "--batch", "--no-tty", "--pinentry-mode", "loopback"});
        io::Command command{.argv = std::move(arguments)};
        command.environment.set("GNUPGHOME", home.path().string());
        return processes.run(command);
    }

    std::string key_of_gpg(const std::string& passphrase) {
        gpg({"--passphrase", passphrase, "--quick-generate-key", "Ada <ada@example.invalid>", "ed25519", "sign",
             "never"});
        return gpg({"--passphrase", passphrase, "--armor", "--export-secret-keys"}).out;
    }

    /// What `git verify-commit` says of a commit that we sign and push.
    io::ProcessResult sign_and_verify(const Signing& signing) {
        add("main", {{"a", "100644", "1"}});
        auto world = context();
        Repository repository(world, remote(), signing);
        const auto tip = repository.fetch("main");
        const auto commit = repository.commit(tip, {{"a", "100644", "2"}}, "m", {"Ada", "ada@example.invalid"});
        REQUIRE(repository.push(commit, "main", tip).kind == PushResult::Kind::landed);
        CHECK(show("main", "a") == "2");
        CHECK(git({"log", "-1", "--format=%an %cn %s", "main"}) == "Ada Ada m\n");
        io::Command command{.argv = {"git", "-c",
                                     "gpg.ssh.allowedSignersFile=" + (folder.path() / "signers").string(),
                                     "verify-commit", "main"}};
        command.environment.set("GIT_DIR", server);
        command.environment.set("GNUPGHOME", home.path().string());
        return processes.run(command);
    }

    ~Signed() {
        io::Command command{.argv = {"gpgconf", "--kill", "all"}};
        command.environment.set("GNUPGHOME", home.path().string());
        processes.run(command);
    }

    io::TemporaryFolder home{files};
};

} // namespace

TEST_CASE("commits are signed with a key for ssh") {
    Signed world;
    auto key = world.key_of_ssh();
    key.pop_back(); // as a CI variable has it
    CHECK(kind_of_key(Secret(key)) == Signing::Kind::ssh);
    const auto result = world.sign_and_verify({Signing::Kind::ssh, Secret(key)});
    CHECK(result.exit_code == 0);
    CHECK(result.err.find("Good \"git\" signature") != std::string::npos);
}

TEST_CASE("commits are signed with an OpenPGP key, with and without passphrase") {
    const std::string passphrase = GENERATE(std::string(), locked_words);
    Signed world;
    const auto key = world.key_of_gpg(passphrase);
    CHECK(kind_of_key(Secret(key)) == Signing::Kind::openpgp);
    const auto result = world.sign_and_verify({Signing::Kind::openpgp, Secret(key), Secret(passphrase)});
    CHECK(result.exit_code == 0);
    CHECK(result.err.find("Good signature from \"Ada <ada@example.invalid>\"") != std::string::npos);
}

TEST_CASE("a key that cannot sign is said to be so") {
    Signed world;
    auto context = world.context();
    const auto words = [&](const Signing& signing) {
        return std::string(failure_of([&] { Signer(context, signing); }).what());
    };
    CHECK(words({Signing::Kind::ssh, Secret("ssh-ed25519 AAAA")})
              .find("cannot use the key to sign with: it is a public key") == 0);
    CHECK(words({Signing::Kind::openpgp,
                 Secret("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n")})
              .find("cannot use the key to sign with: gpg takes no private key from it") == 0);
    CHECK(kind_of_key(Secret("x")) == Signing::Kind::none);

    world.add("main", {{"a", "100644", "1"}});
    Repository repository(context, world.remote(),
                          {Signing::Kind::openpgp, Secret(world.key_of_gpg(locked_words)), Secret("wrong")});
    const auto tip = repository.fetch("main");
    const auto error = failure_of([&] { repository.commit(tip, {{"a", "100644", "2"}}, "m", {"A", "a@b"}); });
    CHECK(error.code() == ExitCode::world);
    CHECK(std::string(error.what()).find("cannot sign the commit: ") == 0);
}

TEST_CASE("a missing program is named with its package") {
    fake::World world;
    auto context = world.context();
    CHECK(failure_of([&] {
              Signer(context, {Signing::Kind::openpgp, Secret("x")});
          })
              .diagnostics()
              .front()
              .hint == "the package is gnupg");
    CHECK(failure_of([&] {
              Signer(context, {Signing::Kind::ssh, Secret("x")});
          })
              .diagnostics()
              .front()
              .hint == "the package is openssh-client");
}
