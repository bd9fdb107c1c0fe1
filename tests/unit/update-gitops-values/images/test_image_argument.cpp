#include "catch.hpp"
#include "findings_text.hpp"

#include "core/error.hpp"
#include "update-gitops-values/images/image_argument.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::string shown(const NewPart& part) {
    switch (part.kind) {
    case NewPart::Kind::given: return part.value;
    case NewPart::Kind::kept: return "*";
    case NewPart::Kind::dropped: break;
    }
    return "-";
}

/// "name|new name|tag|digest", or what is wrong.
std::string read(const std::string& text) {
    try {
        const auto image = parse_image_argument(text);
        return image.name + '|' + shown(image.new_name) + '|' + shown(image.tag) + '|' + shown(image.digest);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        const std::string message = error.what();
        const std::string frame = "cannot read the image '";
        REQUIRE(message.substr(0, frame.size()) == frame);
        return message.substr(message.find("': ", frame.size()) + 3);
    }
}

std::string renamed_text(const std::string& old, const std::string& argument) {
    try {
        return renamed(old, parse_image_argument(argument));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::refused);
        return error.what();
    }
}

} // namespace

TEST_CASE("image arguments: the forms of kustomize edit set image") {
    struct Case {
        std::string text;
        std::string expected;
    };
    const Case cases[] = {
        {"app:v2", "app|-|v2|-"},
        {"app@" + digest, "app|-|-|" + digest},
        {"app:v2@" + digest, "app|-|v2|" + digest},
        {"app:*@" + digest, "app|-|*|" + digest},
        {"app:v2@*", "app|-|v2|*"},
        {"app=new", "app|new|-|-"},
        {"app=new:v2", "app|new|v2|-"},
        {"app=new@" + digest, "app|new|-|" + digest},
        {"app=new:v2@" + digest, "app|new|v2|" + digest},
        {"app=*", "app|*|-|-"},
        {"app=*:v2", "app|*|v2|-"},
        {"app=*:*@" + digest, "app|*|*|" + digest},
        {"app=*@" + digest, "app|*|-|" + digest},
        {"app=new:*", "app|new|*|-"},
        {"app=new:*@*", "app|new|*|*"},
        // A colon before the last slash is a port's.
        {"localhost:5000/team/app:v2", "localhost:5000/team/app|-|v2|-"},
        {"localhost:5000/app=registry.example.com:8443/app:v2", "localhost:5000/app|registry.example.com:8443/app|v2|-"},
        {"app=localhost:5000/app", "app|localhost:5000/app|-|-"},
        {"app=localhost:5000/app@" + digest, "app|localhost:5000/app|-|" + digest},
        {"[::1]:5000/app:v2", "[::1]:5000/app|-|v2|-"},
        // A placeholder that is to be replaced.
        {"gcr.io/PROJECT_ID/IMAGE=gcr.io/team/app:v2", "gcr.io/PROJECT_ID/IMAGE|gcr.io/team/app|v2|-"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(read(text) == expected);
    }
}

TEST_CASE("image arguments that are wrong") {
    struct Case {
        std::string text;
        std::string expected;
    };
    const std::string long_tag(129, 'a');
    const Case cases[] = {
        {"", "it is empty"},
        {"app", "it gives neither a tag nor a digest"},
        {"localhost:5000/app", "it gives neither a tag nor a digest"},
        {"app:", "the tag is empty"},
        {"app=new:", "the tag is empty"},
        {"app=new:@" + digest, "the tag is empty"},
        {"app@", "the digest is empty"},
        {"app=new:v2@", "the digest is empty"},
        {"app=", "nothing stands behind ="},
        {"app=:v2", "the new name is empty"},
        {"=new:v2", "the name in front of = is empty"},
        {"a=b=c:v2", "it has more than one ="},
        {"app:v1=new:v2", "the name in front of = has a tag or a digest"},
        {"app@" + digest + "=new:v2", "the name in front of = has a tag or a digest"},
        {"app:-v2", "the tag '-v2' is none"},
        {"app:v2+1", "the tag 'v2+1' is none"},
        {"app:" + long_tag, "the tag '" + long_tag + "' is none"},
        {"app@sha256:abc", "the digest 'sha256:abc' is none"},
        {"app@" + digest + "@" + digest, "the digest '" + digest + "@" + digest + "' is none"},
        {"App:v2", "'App' is no image reference: it has upper-case letters"},
        {"app=New:v2", "'New' is no image reference: it has upper-case letters"},
        {"App=*:v2", "'App' is no image reference: it has upper-case letters"},
        {"*:v2", "'*' is no image reference: the repository's part '*' is refused by the grammar"},
        {":v2", "an image reference is empty"},
        {"a//b:v2", "'a//b' is no image reference: the repository 'a//b' has an empty part"},
        {"https://registry/app:v2", "'https://registry/app' is no image reference: it begins with a scheme"},
        {"{{app}}:v2", "'{{app}}' is no image reference: the repository's part '{{app}}' is refused by the grammar"},
        {"app=new:v2 ", "it has a blank or a control character"},
        {"app:v2\n", "it has a blank or a control character"},
        {std::string("app:v\0", 6), "it has a blank or a control character"},
        {"app:v\x1b[2J", "it has a blank or a control character"},
        {"app:\xff", "the tag '\\xff' is none"},
        {"app:\xc3\xa9", "the tag '\xc3\xa9' is none"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(read(text) == expected);
    }
    CHECK(read(std::string(1'000'000, 'a') + ":v2").find("1000000 characters") != std::string::npos);
}

TEST_CASE("which references are the argument's image") {
    const auto same = [](const std::string& reference, const std::string& argument) { return is_image(reference, parse_image_argument(argument)); };
    for (const std::string form : {"nginx", "library/nginx", "docker.io/nginx", "docker.io/library/nginx", "index.docker.io/library/nginx"}) {
        for (const std::string other : {"nginx", "library/nginx", "docker.io/nginx", "docker.io/library/nginx", "index.docker.io/nginx"}) {
            INFO(form << " " << other);
            CHECK(same(form + ":1.25", other + ":1.27"));
        }
    }
    CHECK(same("docker.io/bitnami/nginx", "bitnami/nginx:2"));
    CHECK(same("localhost:5000/app", "localhost:5000/app:2"));
    CHECK(same("app@" + digest, "app:2"));
    CHECK(same("app:${TAG}", "app:2")); // found, and refused later

    CHECK_FALSE(same("nginx2", "nginx:2"));
    CHECK_FALSE(same("bitnami/nginx", "nginx:2"));
    CHECK_FALSE(same("docker.io/library/team/nginx", "team/nginx:2"));
    CHECK_FALSE(same("registry.example.com/library/nginx", "registry.example.com/nginx:2"));
    CHECK_FALSE(same("registry.example.com/app", "app:2"));
    CHECK_FALSE(same("localhost:5000", "localhost:5000/app:2"));
    CHECK_FALSE(same("", "app:2"));
    CHECK_FALSE(same("App", "app:2"));

    CHECK(same("new:v1", "app=new:v2"));
    CHECK(same("docker.io/library/new:v1", "app=new:v2"));
    CHECK_FALSE(same("*:v1", "app=*:v2"));
}

TEST_CASE("what becomes of a reference") {
    struct Case {
        std::string old;
        std::string argument;
        std::string expected;
    };
    const Case cases[] = {
        {"app:v1", "app:v2", "app:v2"},
        {"app", "app:v2", "app:v2"},
        {"app:", "app:v2", "app:v2"},
        {"app:v1@" + digest, "app:v2", "app:v2"},
        {"app:v1@" + digest, "app@" + old_digest, "app@" + old_digest},
        {"app:v1@" + digest, "app:v2@" + old_digest, "app:v2@" + old_digest},
        {"app:v1@" + digest, "app:*@" + old_digest, "app:v1@" + old_digest},
        {"app:v1@" + digest, "app:v2@*", "app:v2@" + digest},
        {"app@" + digest, "app:*@" + old_digest, "app@" + old_digest},
        {"app:v1@" + digest, "app=new", "new:v1@" + digest},
        {"app:v1@" + digest, "app=*", "app:v1@" + digest},
        {"app:v1", "app=localhost:5000/app:v2", "localhost:5000/app:v2"},
        {"localhost:5000/app", "localhost:5000/app:v2", "localhost:5000/app:v2"},
        {"docker.io/library/nginx:1", "nginx:2", "docker.io/library/nginx:2"},
        {"docker.io/library/nginx:1", "nginx=nginx:2", "nginx:2"},
        {"new:v1", "app=new:v2", "new:v2"},
        {"app:not a tag", "app:v2", "cannot set the image 'app:not a tag': it is a template, or has blanks in it"},
        {"app:{{ .Values.tag }}", "app:v2", "cannot set the image 'app:{{ .Values.tag }}': it is a template, or has blanks in it"},
        {"app:${TAG}", "app:v2", "cannot set the image 'app:${TAG}': it is a template, or has blanks in it"},
        {"app@sha256:abc", "app:v2", "app:v2"},
        {"app@sha256:abc", "app:v2@*", "cannot set the image 'app@sha256:abc': it keeps 'sha256:abc', which is no digest"},
        {"app:-", "app:*@" + digest, "cannot set the image 'app:-': it keeps '-', which is no tag"},
    };
    for (const auto& [old, argument, expected] : cases) {
        INFO(old << " " << argument);
        CHECK(renamed_text(old, argument) == expected);
    }
}
