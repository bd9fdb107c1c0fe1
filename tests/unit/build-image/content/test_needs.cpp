#include "catch.hpp"

#include "build-image/content/needs.hpp"
#include "core/text.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

using Names = std::vector<std::string>;

Needs needs_of(const std::string& text, const std::map<std::string, std::string>& arguments = {}, const std::string& target = {}) { return read_needs(text, arguments, target); }

std::string images(const std::string& text, const std::map<std::string, std::string>& arguments = {}, const std::string& target = {}) {
    std::string result;
    for (const auto& image : needs_of(text, arguments, target).images) result += (result.empty() ? "" : " ") + image.name;
    return result;
}

/// Why there is no key; empty when there is one.
std::string unknowable(const std::string& text) { return join(needs_of(text).unknowable, "; "); }

/// The paths in the context; "*" for all of it.
std::string sources(const std::string& instructions) {
    const auto needs = needs_of("FROM scratch\n" + instructions);
    return needs.sources ? join(*needs.sources, " ") : "*";
}

std::string secrets(const std::string& text, const std::string& target = {}) {
    std::string result;
    for (const auto& secret : needs_of(text, {}, target).secrets) result += (result.empty() ? "" : " ") + secret.id + ':' + std::to_string(secret.line);
    return result;
}

} // namespace

TEST_CASE("images that come from registries, and nothing else") {
    CHECK(images("FROM a AS one\nFROM scratch\nCOPY --from=one /x /\nCOPY --from=ONE /x /\nCOPY --from=0 /y /\nCOPY --from=b:1 /z /\nRUN --mount=from=c,target=/c x\n") == "a b:1 c");
    CHECK(images("FROM a AS one\nFROM one AS two\nFROM two\n") == "a");
    CHECK(images("FROM --platform=$BUILDPLATFORM a AS one\nFROM --platform=linux/arm64 a\n") == "a a");
    CHECK(images("FROM a\nRUN --mount=type=bind,source=/x,from=r.example.com/b:2,target=/y --mount=type=cache,target=/z,from=c x\n") == "a r.example.com/b:2 c");
    CHECK(images("FROM a\nCOPY --from=7 /x /\n") == "a 7"); // no such stage: an image called 7
    CHECK(images("ONBUILD COPY --from=b /x /\nFROM a\n") == "a");
    CHECK(images("FROM a\nRUN <<EOF\nFROM b\nEOF\n") == "a");
    CHECK(images("FROM a\nCOPY --from= /x /\n") == "a"); // a mistake, which Buildah tells
    CHECK(images("").empty());
}

TEST_CASE("names of images with arguments") {
    CHECK(images("ARG V=12\nFROM debian:$V\n") == "debian:12");
    CHECK(images("ARG V=12\nFROM debian:${V}-slim\n", {{"V", "13"}}) == "debian:13-slim");
    CHECK(images("ARG R=r.example.com\nARG B=\"$R/base\"\nFROM ${B}:1\n") == "r.example.com/base:1");
    CHECK(images("FROM ${BASE:-debian}\n") == "debian");
    CHECK(images("ARG BASE=\nFROM ${BASE:-debian}\n") == "debian");
    CHECK(images("ARG BASE\nFROM ${BASE:-debian}\n", {{"BASE", "alpine"}}) == "alpine");
    CHECK(images("FROM debian:$V\n", {{"V", "13"}}).empty()); // not declared, so Buildah would not know it
    for (const char* text : {"FROM a:$V\n", "FROM a:${V\n", "FROM a:${V:+x}\n", "FROM a:${V%x}\n", "FROM a:$\n", "FROM 'a'\n", "FROM a:${X:-$Y}\n", "ARG V\nFROM a:$V\n", "FROM a\nARG V=1\nFROM b:$V\n"}) {
        INFO(text);
        CHECK_FALSE(unknowable(text).empty());
    }
}

TEST_CASE("what cannot be known stands in the way of a key") {
    CHECK(unknowable("FROM a\nADD https://example.com/x /x\n") == "line 2, ADD: what https://example.com/x is may change");
    CHECK_FALSE(unknowable("FROM a\nADD git@github.com:x/y.git#main /x\n").empty());
    CHECK_FALSE(unknowable("FROM a\nADD [\"https://example.com/x\", \"/x\"]\n").empty());
    CHECK_FALSE(unknowable("FROM a\nADD $THING /x\n").empty());
    CHECK_FALSE(unknowable("FROM oci-archive:x.tar\n").empty());
    CHECK_FALSE(unknowable("FROM a\nCOPY --from=$X /x /\n").empty());
    CHECK_FALSE(unknowable("FROM a\nRUN --mount=type=bind,from=$X,target=/x y\n").empty());
    CHECK_FALSE(unknowable("FROM a\nRUN --mount=type=bind,\\\nfrom=b,target=/x y\n").empty());
    CHECK(unknowable("FROM a\nADD x.tar /\nCOPY $X /y\nRUN curl https://example.com\n").empty());
}

TEST_CASE("stages that are not built ask for nothing") {
    const std::string text = "FROM a AS one\nRUN --mount=type=secret,id=first x\nFROM b AS two\nRUN --mount=type=secret,id=second x\nFROM c AS three\nCOPY --from=one /x /\nADD https://x /y\n";
    CHECK(images(text, {}, "two") == "a b");
    CHECK(images(text) == "a b c");
    CHECK(secrets(text, "two") == "second:4");
    CHECK(secrets(text) == "first:2"); // the last stage needs one, and not two
    CHECK(secrets(text, "0") == "first:2");
    CHECK(needs_of(text, {}, "TWO").unknowable.empty());
}

TEST_CASE("secrets that must be there") {
    CHECK(secrets("FROM a\nRUN --mount=type=secret,id=x --mount=type=secret,target=/run/secrets/y cat\n") == "x:2 y:2");
    CHECK(secrets("FROM a\nRUN --mount=type=secret,id=x,required=false cat\n").empty());
    CHECK(secrets("FROM a\nRUN --mount=type=secret,id=x,required=true cat\n") == "x:2");
    CHECK(secrets("FROM a\nRUN --mount=type=ssh cat\nRUN echo --mount=type=secret,id=x\n").empty());
}

TEST_CASE("paths of the context that can come into the image") {
    CHECK(sources("COPY a b/c /x/\nADD d.tar /\n") == "a b/c d.tar");
    CHECK(sources("COPY ./a/ /b//c /x/\n") == "a b/c");
    CHECK(sources("COPY [\"a b\", \"/x\"]\n") == "a b");
    CHECK(sources("COPY src/*.py lib/?/x /x/\n") == "src lib");
    CHECK(sources("COPY --chown=1:1 a /x\n") == "a");
    CHECK(sources("COPY --from=b /etc /x\n").empty());
    CHECK(sources("RUN --mount=type=bind,source=a,target=/a x\n") == "a");
    CHECK(sources("RUN --mount=type=bind,from=b,source=a,target=/a x\nRUN --mount=type=cache,target=/a x\n").empty());
    CHECK(sources("RUN x\n").empty());
    CHECK(sources("COPY <<EOF /x\ntext\nEOF\n").empty());
    for (const char* all : {"COPY . /\n", "COPY / /\n", "COPY *.py /\n", "COPY $X /\n", "COPY a\\ b /\n", "COPY ../a /\n", "RUN --mount=type=bind,target=/a x\n", "RUN --mount=target=/a x\n", "RUN --mount=\"type=bind\" x\n", "ADD \"a\" /\n"}) {
        INFO(all);
        CHECK(sources(all) == "*");
    }
}

TEST_CASE("what else a Containerfile tells") {
    CHECK(needs_of("FROM a\nRUN --mount=type=cache,target=/c x\n").uses_caches);
    CHECK_FALSE(needs_of("FROM a\nRUN echo type=cache\n").uses_caches);
    CHECK(needs_of("FROM a\nRUN x\n").runs_programs);
    CHECK_FALSE(needs_of("FROM a\nCOPY x /\n").runs_programs);
}

TEST_CASE("images are put in place of others, and not a byte else changes") {
    const std::string text = "# base\r\nARG V=1\r\nFROM  base:$V   AS one\nRUN --mount=type=bind,from=tool:1,target=/t x\nFROM scratch\nCOPY --from=tool:1 /x /\n";
    const auto needs = needs_of(text);
    const std::map<std::string, std::string> pinned = {{"base:1", "r/base@sha256:a"}, {"tool:1", "r/tool@sha256:b"}};
    CHECK(rewrite(text, needs.images, pinned, "").text ==
          "# base\r\nARG V=1\r\nFROM  r/base@sha256:a   AS one\nRUN --mount=type=bind,from=r/tool@sha256:b,target=/t x\nFROM scratch\nCOPY --from=r/tool@sha256:b /x /\n");
    CHECK(rewrite(text, needs.images, {}, "").text == text);
}

TEST_CASE("an argument is added to each stage, and lines keep their numbers for people") {
    const std::string text = "FROM a AS one\nRUN x\nFROM b\nRUN y";
    const auto rewritten = rewrite(text, needs_of(text).images, {{"b", "c"}}, "T");
    CHECK(rewritten.text == "FROM a AS one\nARG T\nRUN x\nFROM c\nARG T\nRUN y");
    CHECK(rewritten.original_line(1) == 1);
    CHECK(rewritten.original_line(3) == 2);
    CHECK(rewritten.original_line(4) == 3);
    CHECK(rewritten.original_line(6) == 4);
    CHECK(rewrite("FROM a", {}, {}, "T").text == "FROM a\nARG T\n");
    CHECK(rewrite("ARG V=1\nFROM a\n", {}, {}, "T").text == "ARG V=1\nFROM a\nARG T\n");
}
