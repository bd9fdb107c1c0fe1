#include "update-gitops-values/forge/titles.hpp"

#include "catch.hpp"

using namespace slipway::update_gitops_values;

namespace {

const DraftMarks marks{.known = {"Draft:", "[Draft]"}, .most_characters = 20};

} // namespace

TEST_CASE("a draft is told by its title's mark", "[forge]") {
    CHECK(marks.is_draft("Draft: web 1.2"));
    CHECK(marks.is_draft(" [DRAFT] web"));
    CHECK_FALSE(marks.is_draft("web Draft: 1.2"));
    CHECK_FALSE(marks.is_draft("Drafts"));
    CHECK(marks.bare("draft: [Draft]  web 1.2 ") == "web 1.2");
    CHECK(marks.bare("Draft:").empty());
    CHECK(marks.title("web 1.2", true) == "Draft: web 1.2");
    CHECK(marks.title("Draft: web 1.2", true) == "Draft: web 1.2");
    CHECK(marks.title("Draft: web 1.2", false) == "web 1.2");
}

TEST_CASE("a title that is too long is cut between characters", "[forge]") {
    CHECK(marks.title("12345678901234567890", false) == "12345678901234567890");
    CHECK(marks.title("123456789012345678901", false) == "12345678901234567...");
    CHECK(marks.title("123456789012345", true) == "Draft: 1234567890...");
    CHECK(marks.title("äöüäöüäöüäöüäöüäöüäö", false) == "äöüäöüäöüäöüäöüäöüäö");
    CHECK(marks.title("äöüäöüäöüäöüäöüäöüäöü", false) == "äöüäöüäöüäöüäöüäö...");
}
