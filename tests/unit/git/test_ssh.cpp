#include "catch.hpp"

#include "core/encoding.hpp"
#include "git/ssh.hpp"

#include <string>

using namespace slipway;
using namespace slipway::git;

namespace {

std::string openssh_key(const std::string& cipher) {
    const std::string head("openssh-key-v1\0", 15);
    const auto bytes = head + std::string(3, '\0') + static_cast<char>(cipher.size()) + cipher + std::string(40, 'x');
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64(bytes) + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

std::string why(const std::string& text) { return why_no_private_key(Secret(text)); }

} // namespace

TEST_CASE("keys that a CI variable has mangled are repaired") {
    const auto good = "-----BEGIN A PRIVATE KEY-----\nabc\n-----END A PRIVATE KEY-----\n";
    for (const std::string text : {"-----BEGIN A PRIVATE KEY-----\nabc\n-----END A PRIVATE KEY-----",
                                   "-----BEGIN A PRIVATE KEY-----\r\nabc\r\n-----END A PRIVATE KEY-----\r\n",
                                   "\n\n-----BEGIN A PRIVATE KEY-----\nabc\n-----END A PRIVATE KEY-----\n\n",
                                   "-----BEGIN A PRIVATE KEY-----\\nabc\\n-----END A PRIVATE KEY-----\\n"}) {
        INFO(text);
        CHECK(repaired_key(Secret(text)).reveal() == good);
    }
}

TEST_CASE("keys that need a person, and what is none, are refused with words") {
    CHECK(why(openssh_key("none")).empty());
    CHECK(why("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----").empty());
    CHECK(why("-----BEGIN PRIVATE KEY-----\r\nMIIB\r\n-----END PRIVATE KEY-----").empty());
    CHECK(why(openssh_key("aes256-ctr")).find("a passphrase protects it") == 0);
    CHECK(why("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nMIIB\n-----END RSA PRIVATE "
              "KEY-----")
              .find("a passphrase") == 0);
    CHECK(why("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----")
              .find("a passphrase") == 0);
    CHECK(why("ssh-ed25519 AAAA ada").find("it is a public key") == 0);
    CHECK(why("PuTTY-User-Key-File-3: ssh-ed25519").find("PuTTY") != std::string::npos);
    CHECK(why("-----BEGIN OPENSSH PRIVATE KEY-----\nabc") == "its end is missing, '-----END ... PRIVATE KEY-----'");
    for (const std::string text : {"", "/home/ada/.ssh/id_ed25519", "\xFF\x01",
                                   "-----BEGIN OPENSSH PRIVATE KEY-----\n!!\n-----END OPENSSH PRIVATE KEY-----",
                                   "-----BEGIN OPENSSH PRIVATE KEY-----\n\n-----END OPENSSH PRIVATE KEY-----"}) {
        INFO(text);
        CHECK_FALSE(why(text).empty());
    }
}

TEST_CASE("host keys are a file or its text") {
    CHECK(is_known_hosts_text("git.example.com ssh-ed25519 AAAA"));
    CHECK(is_known_hosts_text("# c\n|1|abc=|def= ecdsa-sha2-nistp256 AAAA\n"));
    CHECK_FALSE(is_known_hosts_text("/run/secrets/known_hosts"));
    CHECK_FALSE(is_known_hosts_text("my ssh/known_hosts"));
}

TEST_CASE("names of files reach ssh as they are") {
    const auto command = ssh_command("/tmp/it's %h/key", "/tmp/it's %h/known-hosts");
    CHECK(command.find("'IdentityFile=\"/tmp/it'\\''s %%h/key\"'") != std::string::npos);
    CHECK(command.find("'UserKnownHostsFile=\"/tmp/it'\\''s %%h/known-hosts\"'") != std::string::npos);
    for (const char* option : {"BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes"})
        CHECK(command.find(option) != std::string::npos);
}
