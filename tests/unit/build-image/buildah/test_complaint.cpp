#include "catch.hpp"

#include "build-image/buildah/complaint.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

Complaint complaint(const std::string& err, Phase phase = Phase::build, const std::string& out = {}) {
    return read_complaint({.exit_code = 125, .out = out, .err = err}, phase);
}

} // namespace

// The texts are those of Buildah 1.28, with names of this file's own.
TEST_CASE("a broken build is told from a broken world") {
    struct Row {
        const char* words;
        Cause cause;
    };
    for (const auto& [words, cause] : {
             Row{"Error: no FROM statement found\n", Cause::content},
             Row{"Error: no contents in \"/app/Containerfile\"\n", Cause::content},
             Row{"Error: parsing main Dockerfile: /app/Containerfile: ENV must have two arguments\n", Cause::content},
             Row{"Error: building at STEP \"COPY nofile /x\": checking on sources under \"/app\": copier: stat: \"/nofile\": no such file or directory\n", Cause::content},
             Row{"Error: building at STEP \"COPY f /x\": storing \"/app/f\": open /app/f: permission denied\n", Cause::content},
             Row{"Error: building at STEP \"ADD x.tar.gz /\": storing \"/app/x.tar.gz\": unexpected EOF\n", Cause::content},
             Row{"Error: creating build container: short-name \"debian\" did not resolve to an alias and no unqualified-search registries are defined\n", Cause::content},
             Row{"Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: manifest unknown: manifest unknown\n", Cause::content},
             Row{"Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: name unknown: repository name not known to registry\n", Cause::content},
             Row{"Error: creating build container: initializing source docker://r.example.com/x:1: pinging container registry r.example.com: Get \"https://r.example.com/v2/\": dial tcp 10.0.0.1:443: connect: connection refused\n", Cause::network},
             Row{"Error: creating build container: initializing source docker://r.invalid/x:1: pinging container registry r.invalid: Get \"https://r.invalid/v2/\": dial tcp: lookup r.invalid on 10.0.0.53:53: no such host\n", Cause::network},
             Row{"Error: creating build container: initializing source docker://r.example.com/x:1: pinging container registry r.example.com: Get \"https://r.example.com/v2/\": x509: certificate signed by unknown authority\n", Cause::network},
             Row{"Error: building at STEP \"ADD https://example.com/x /\": Get \"https://example.com/x\": dial tcp 10.0.0.1:443: i/o timeout\n", Cause::network},
             Row{"Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: unauthorized: authentication required\n", Cause::credentials},
             Row{"Error: creating build container: initializing source docker://docker.io/x/y:1: reading manifest 1 in docker.io/x/y: errors:\ndenied: requested access to the resource is denied\n", Cause::credentials},
             Row{"Error: building at STEP \"COPY f /\": 2 errors occurred:\n\t* storing \"/app/f\": copier: put: error writing file \"/f\": write /f: no space left on device\n\t* EOF\n\n", Cause::disk},
             Row{"Error: committing container for step {COPY}: copying layers: storing layer \"035c\" to file: io: read/write on closed pipe\n", Cause::disk},
             Row{"Error during unshare(CLONE_NEWUSER): Operation not permitted\nUser namespaces are not enabled in /proc/sys/user/max_user_namespaces.\nError: (unable to determine exit status) unshare(CLONE_NEWUSER)\n", Cause::rights},
             Row{"Error: mounting new container: mounting build container \"1a2b\": creating overlay mount to /x/merged: operation not permitted\n", Cause::rights},
         }) {
        INFO(words);
        CHECK(complaint(words).cause == cause);
        CHECK(complaint(words).why.find('\n') == std::string::npos);
    }
}

TEST_CASE("what a RUN step prints does not decide") {
    const auto failed = complaint("curl: (7) dial tcp: connection refused\nError: unauthorized\nsubprocess exited with status 7\nError: building at STEP \"RUN curl http://x || echo denied EOF; false\": exit status 7\n");
    CHECK(failed.cause == Cause::content);
    CHECK(failed.step == "RUN curl http://x || echo denied EOF; false");
    CHECK(failed.why == "exit status 7: curl: (7) dial tcp: connection refused");
    CHECK(code_for(failed.cause) == ExitCode::refused);
    const auto old = complaint("", Phase::build, "x");
    CHECK(old.cause == Cause::content);
    CHECK(old.why == "exit code 125");
}

TEST_CASE("a RUN step that Buildah may not start is the machine's fault") {
    const auto mounts = complaint("error running subprocess: making mounts private to mount namespace for [/bin/sh -c make]: remount /, flags: 0x44000: permission denied\nError: building at STEP \"RUN make\": exit status 1\n");
    CHECK(mounts.cause == Cause::rights);
    CHECK(mounts.hint.find("--security-opt seccomp=unconfined") != std::string::npos);
    // Buildah 1.28 ends that line too late.
    const auto groups = complaint("error setting supplemental groups list: operation not permittedsubprocess exited with status 1\nError: building at STEP \"RUN make\": exit status 1\n");
    CHECK(groups.cause == Cause::rights);
    CHECK(groups.hint.find("as root") != std::string::npos);
    const auto root = complaint("error stat()ing intended root directory \"/var/tmp/buildah1/mnt/rootfs\": no such file or directory\nsubprocess exited with status 1\nError: building at STEP \"RUN make\": exit status 1\n");
    CHECK(root.cause == Cause::rights);
    CHECK(root.hint.find("writable") != std::string::npos);
}

TEST_CASE("what Buildah could not call is its last word, whatever its log says then") {
    const auto forbidden = complaint("Error during unshare(CLONE_NEWUSER): Operation not permitted\ntime=\"2026-11-30T11:01:27Z\" level=error msg=\"parsing PID \\\"\\\": invalid syntax\"\n"
                                     "time=\"2026-11-30T11:01:27Z\" level=error msg=\"(Unable to determine exit status)\"\n");
    CHECK(forbidden.why == "unshare(CLONE_NEWUSER): Operation not permitted");
    CHECK(forbidden.cause == Cause::rights);

    const auto unmapped = complaint("time=\"2026-11-30T11:20:32Z\" level=error msg=\"writing to /proc/14/gid_map: write /proc/14/gid_map: operation not permitted\"\n"
                                    "time=\"2026-11-30T11:20:32Z\" level=error msg=\"(Unable to determine exit status)\"\n", Phase::push);
    CHECK(unmapped.why == "writing to /proc/14/gid_map: write /proc/14/gid_map: operation not permitted");
    CHECK(unmapped.hint.find("SETFCAP") != std::string::npos);
}

TEST_CASE("a RUN step without space is a full disk") {
    CHECK(complaint("cp: error writing '/x': No space left on device\nsubprocess exited with status 1\nError: building at STEP \"RUN cp a /x\": exit status 1\n").cause == Cause::disk);
}

TEST_CASE("the last words of a RUN step come from standard output when the other is silent") {
    const auto failed = complaint("Error: building at STEP \"RUN make\": exit status 2\n", Phase::build, "STEP 1/2: FROM scratch\nSTEP 2/2: RUN make\nno rule\n\n");
    CHECK(failed.why == "exit status 2: no rule");
}

TEST_CASE("a push can only fail because of the world, and some of it passes") {
    struct Row {
        const char* words;
        Cause cause;
        bool passing;
    };
    const std::string front = "Copying blob sha256:aa\nError: pushing image \"1a2b\" to \"docker://r.example.com/x:1\": ";
    for (const auto& [words, cause, passing] : {
             Row{"trying to reuse blob sha256:aa at destination: pinging container registry r.example.com: Get \"https://r.example.com/v2/\": dial tcp 10.0.0.1:443: connect: connection refused", Cause::network, true},
             Row{"trying to reuse blob sha256:aa at destination: pinging container registry r.example.com: Get \"https://r.example.com/v2/\": EOF", Cause::network, true},
             Row{"trying to reuse blob sha256:aa at destination: pinging container registry r.example.com: invalid status code from registry 503 (Service Unavailable)", Cause::network, true},
             Row{"trying to reuse blob sha256:aa at destination: pinging container registry r.example.com: invalid status code from registry 404 (Not Found)", Cause::network, false},
             Row{"writing blob: initiating layer upload to /v2/x/blobs/uploads/ in r.example.com: received unexpected HTTP status: 500 Internal Server Error", Cause::network, true},
             Row{"writing blob: initiating layer upload to /v2/x/blobs/uploads/ in r.example.com: toomanyrequests: slow down", Cause::network, true},
             Row{"writing blob: Patch \"http://r.example.com/v2/x\": write tcp 1->2: use of closed network connection", Cause::network, true},
             Row{"writing blob: initiating layer upload to /v2/x/blobs/uploads/ in r.example.com: StatusCode: 413, <html>too large</html>", Cause::network, false},
             Row{"trying to reuse blob sha256:aa at destination: pinging container registry r.example.com: Get \"https://r.example.com/v2/\": x509: certificate signed by unknown authority", Cause::network, false},
             Row{"trying to reuse blob sha256:aa at destination: pinging container registry r.invalid: Get \"https://r.invalid/v2/\": dial tcp: lookup r.invalid: no such host", Cause::network, false},
             Row{"trying to reuse blob sha256:aa at destination: checking whether a blob sha256:aa exists in r.example.com/x: unauthorized: authentication required", Cause::credentials, false},
             Row{"writing blob: initiating layer upload to /v2/x/blobs/uploads/ in r.example.com: denied", Cause::credentials, false},
             Row{"reading blob sha256:aa: write /tmp/1: no space left on device", Cause::disk, false},
         }) {
        INFO(words);
        const auto read = complaint(front + words + '\n', Phase::push);
        CHECK(read.cause == cause);
        CHECK(read.passing == passing);
        CHECK(code_for(read.cause) == ExitCode::world);
        CHECK(read.why.rfind("pushing image", 0) != 0);
        CHECK(read.why.rfind("trying to reuse", 0) != 0);
    }
}

TEST_CASE("what Buildah logs around its error is left out") {
    CHECK(complaint("time=\"2026\" level=warning msg=\"x\"\nError: driver not supported\ntime=\"2026\" level=error msg=\"y\"\n").why == "driver not supported");
    CHECK(complaint("time=\"2026\" level=error msg=\"stat /x: no such file\"\n").why == "stat /x: no such file");
    CHECK(complaint("Error: \x1b[31mred\x1b[0m\n").why == "\\x1b[31mred\\x1b[0m");
}

TEST_CASE("a Buildah that was killed says nothing of use") {
    const auto killed = read_complaint({.signal = 9, .err = "Error: from before\n"}, Phase::build);
    CHECK(killed.cause == Cause::killed);
    CHECK(killed.why == "ended by signal 9");
    CHECK(code_for(killed.cause) == ExitCode::world);
}

TEST_CASE("what the kernel killed inside a build is no mistake of the Containerfile") {
    struct Row {
        const char* words;
        const char* why;
    };
    for (const auto& [words, why] : {
             // Buildah itself, which starts itself anew in a user namespace.
             Row{"time=\"2026\" level=error msg=\"signal: killed\"\ntime=\"2026\" level=error msg=\"(Unable to determine exit status)\"\n", "signal: killed"},
             Row{"linking\nsubprocess exited on killed\nsubprocess exited with status 1\nError: building at STEP \"RUN make\": exit status 1\n", "signal: killed: linking"},
             Row{"Killed\nsubprocess exited with status 137\nError: building at STEP \"RUN a && b\": exit status 137\n", "signal: killed: Killed"},
         }) {
        const auto killed = complaint(words);
        CHECK(killed.cause == Cause::killed);
        CHECK(killed.why == why);
        CHECK(killed.hint.find("out of memory") != std::string::npos);
    }
    CHECK(complaint("subprocess exited with status 1\nError: building at STEP \"RUN echo signal: killed, exit status 137; false\": exit status 1\n").cause == Cause::content);
}

TEST_CASE("of a crash its beginning is told, not the end of its trace") {
    const auto crashed = complaint("runtime: failed to create new OS thread (have 8 already; errno=11)\nfatal error: newosproc\n\ngoroutine 1 [running]:\nrax    0x0\ngs     0x0\n", Phase::push);
    CHECK(crashed.why == "runtime: failed to create new OS thread (have 8 already; errno=11)");
}

TEST_CASE("an error that prints data structures is shortened, and keeps its end") {
    const auto read = complaint("Error: copier.request{" + std::string(5000, 'x') + "}: no space left on device\n");
    CHECK(read.why.size() < 700);
    CHECK(read.why.find("no space left on device") != std::string::npos);
}

TEST_CASE("the line of the instruction that failed") {
    const std::string text = "# a comment\nFROM scratch\n\nCOPY a \\\n  # between\n  /b\nrun   make  all\nFOO bar\nRUN x\nRUN x\n";
    CHECK(line_of_step(text, "COPY a /b") == 4);
    CHECK(line_of_step(text, "RUN make  all") == 7);
    CHECK(line_of_step(text, "RUN make all") == 7);
    CHECK(line_of_step(text, "FOO ") == 8);
    CHECK_FALSE(line_of_step(text, "RUN x"));
    CHECK_FALSE(line_of_step(text, "RUN y"));
    CHECK_FALSE(line_of_step(text, ""));
    CHECK_FALSE(line_of_step("", "RUN x"));
}
