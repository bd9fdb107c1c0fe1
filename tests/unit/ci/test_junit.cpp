#include "catch.hpp"

#include "ci/junit.hpp"

using namespace slipway::ci;

TEST_CASE("a JUnit report groups its cases, and escapes what XML cannot hold") {
    CHECK(junit_report({{.suite = "b.yml", .name = "one", .file = "b.yml"}, {.suite = "a.yml", .name = "two <&\"\x01>", .failures = {"no: 1 < 2", "and"}, .remarks = {"hm"}}, {.suite = "b.yml", .name = "three"}}) ==
          R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="b.yml" tests="2" failures="0">
    <testcase classname="b.yml" name="one" file="b.yml" time="0"/>
    <testcase classname="b.yml" name="three" time="0"/>
  </testsuite>
  <testsuite name="a.yml" tests="1" failures="1">
    <testcase classname="a.yml" name="two &lt;&amp;&quot;\x01&gt;" time="0">
      <failure message="no: 1 &lt; 2">no: 1 &lt; 2
and
</failure>
      <system-out>hm
</system-out>
    </testcase>
  </testsuite>
</testsuites>
)");
}
