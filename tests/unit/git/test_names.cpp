#include "catch.hpp"

#include "git/names.hpp"

using namespace slipway::git;

TEST_CASE("names of branches") {
    for (const char* name : {"main", "release/1.2", "feature/a-b_c", "\xC3\xBC", "a.b", "a@b", "1"}) {
        INFO(name);
        CHECK(why_no_branch(name).empty());
    }
    for (const char* name : {"",         "-x",   "--upload-pack=x",
                             "HEAD",     "@",    "refs/heads/main",
                             "a b",      "a\nb", "a~b",
                             "a^",       "a:b",  "a?",
                             "a*",       "a[b",  "a\\b",
                             "a..b",     "a@{b", "a.",
                             "/a",       "a/",   "a//b",
                             ".a",       "a/.b", "a.lock",
                             "a.lock/b", "\x7F", "\xFF"}) {
        INFO(name);
        CHECK_FALSE(why_no_branch(name).empty());
    }
}

TEST_CASE("paths inside of a repository") {
    for (const char* path : {"values.yaml", "apps/my app/values.yaml", "a..b/c", ".github/x.yml", ".gitignore",
                             "a/.gitmodules", "\xC3\xBC", "a:b", "*"}) {
        INFO(path);
        CHECK(why_no_path(path).empty());
    }
    for (const char* path :
         {"", "/etc/passwd", "../x", "a/../b", "./a", "a/.", "a//b", "a/", ".git/config", "a/.GIT/x", "git~1/x",
          ".git::$INDEX_ALLOCATION/x", "-x", "--", "a\nb", "a\x1b", "\xFF"}) {
        INFO(path);
        CHECK_FALSE(why_no_path(path).empty());
    }
}

TEST_CASE("addresses of repositories") {
    for (const char* url : {"https://h/x.git", "http://127.0.0.1:80/x", "ssh://git@h:22/x", "git@h:team/x.git",
                            "[::1]:x", "ssh://[::1]/x", "file:///srv/x", "/srv/x.git", "../x", "x", "/srv/a::b"}) {
        INFO(url);
        CHECK(why_no_address(url).empty());
    }
    for (const char* url : {"", "-x", "--upload-pack=touch x", "ext::sh -c x", "fd::3", "ftp://h/x", "git://h/x",
                            "https:///x", "http://", "a\nb", "https://h/\x01"}) {
        INFO(url);
        CHECK_FALSE(why_no_address(url).empty());
    }
    CHECK(why_no_address("ext::sh -c x") == "'ext::' would run a program");
}

TEST_CASE("authors") {
    CHECK(why_no_identity("Ada Lovelace <ada@example.org>").empty());
    CHECK(parse_identity("Ada Lovelace  <ada@example.org>").name == "Ada Lovelace");
    CHECK(parse_identity("Ada Lovelace <ada@example.org>").email == "ada@example.org");
    for (const char* text : {"", "Ada", "<a@b>", " <a@b>", "Ada <>", "Ada <a b>", "Ada <a<b>", "Ada <a@b> x",
                             "A\nB <a@b>", "Ada a@b>", "A > B <a@b>"}) {
        INFO(text);
        CHECK_FALSE(why_no_identity(text).empty());
    }
}
