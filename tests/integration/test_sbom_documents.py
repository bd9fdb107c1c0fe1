"""What our SBOMs say, by the published schemas of their formats, by another reader of package URLs, and by the specification's own tests."""

import json
import random

import pytest

from oracles import has_packageurl, read_package_url, we_say_of_packages
from schemas import SCHEMAS, missing_sbom_schemas, sbom_problems

SUITE = SCHEMAS / "test-suite-data.json"
OURS = ("deb", "apk", "pypi", "npm", "golang", "maven")
# What a record may hold that is not meant well. Bytes that are no UTF-8 are in the unit tests: JSON cannot ask for them.
HOSTILE = ["\u0000", "a\nb", "\u001b[2J", '"},{"', "../../etc", "\u202egnp", "\U0001f4a9", "%2F%00", "?a=b#c@d", "<", "a@b <c@d>", "Name (with) <m@example.com>", " ", "-", ".", "$(id)", "x" * 3000,
           "LicenseRef-", "LicenseRef-a b", "MIT OR", "(MIT", "javascript:x", "https://example.com/ x", "https://[", "NOASSERTION", "NONE", "SPDXRef-DOCUMENT", "http://exa mple.com", "Organization: x", "ſ", "\ud7ff"]


def packages(seed, count):
    """Packages whose fields are ordinary or hostile; the same ones for a seed."""
    choice = random.Random(seed)

    def field(*ordinary):
        return choice.choice(HOSTILE) if choice.random() < 0.4 else choice.choice(ordinary)

    return [{"type": choice.choice(OURS), "name_space": field("", "debian", "@scope", "github.com/owner", "org.example"), "name": field("libc6", "libstdc++6", "Django_Rest", "core"),
             "version": field("1:2.36-9+deb12u13~rc1", "1.0.0", ""), "qualifiers": {"arch": field("amd64"), "distro": field("debian-12"), "upstream": field("", "gcc-12", "gcc-12@1:12.2.0-14+b1")},
             "licenses": [field("MIT", "GPL-2+", "BSD", "Apache License 2.0", "MIT OR ISC", "") for _ in range(choice.randrange(4))], "supplier": field("", "Jane <jane@example.com>", "Some Team <t@lists.example.com>"),
             "homepage": field("", "https://example.com/a?b=c#d"), "sha1": field("", "a" * 40), "paths": sorted({field("var/lib/dpkg/status", "usr/lib/x") for _ in range(choice.randrange(3))}),
             "layers": [field("sha256:" + "b" * 64)]} for _ in range(count)]


@pytest.mark.skipif(bool(missing_sbom_schemas()), reason=f"schemas ({', '.join(missing_sbom_schemas())}) is not installed")
def test_documents_are_valid_by_the_published_schemas_whatever_an_image_holds():
    system = {"id": "debian", "version_id": "12", "name": "Debian GNU/Linux 12 (bookworm)"}
    questions = [{"packages": []}, {"distribution": system, "packages": packages(1, 150), "gaps": ["a \u0007 gap"]}, {"distribution": {"id": "\u202e/", "name": "\n"}, "packages": packages(2, 50)}]
    for question, answer in zip(questions, we_say_of_packages(questions)):
        spdx, cyclonedx = json.loads(answer["spdx"]), json.loads(answer["cyclonedx"])
        assert sbom_problems(spdx) == []
        assert sbom_problems(cyclonedx) == []
        # What the schemas do not say: each id once, and every reference leads somewhere.
        ids = [package["SPDXID"] for package in spdx["packages"]]
        assert len(set(ids)) == len(ids) >= len(question["packages"])
        named = {*ids, "SPDXRef-DOCUMENT"}
        assert all(one["spdxElementId"] in named and one["relatedSpdxElement"] in named for one in spdx["relationships"])
        references = [component["bom-ref"] for component in cyclonedx["components"]]
        assert len(set(references)) == len(references)
        assert {one for dependency in cyclonedx["dependencies"] for one in dependency["dependsOn"]} == set(references)
        defined = {one["licenseId"] for one in spdx.get("hasExtractedLicensingInfos", [])}
        used = {word for package in spdx["packages"] for word in package["licenseDeclared"].replace("(", " ").replace(")", " ").split() if word.startswith("LicenseRef-")}
        assert used == defined


@pytest.mark.skipif(bool(missing_sbom_schemas()), reason=f"schemas ({', '.join(missing_sbom_schemas())}) is not installed")
def test_the_schemas_see_what_is_wrong():
    """A check that finds nothing may as well look at nothing."""
    [answer] = we_say_of_packages([{"packages": packages(3, 20)}])
    spdx, cyclonedx = json.loads(answer["spdx"]), json.loads(answer["cyclonedx"])
    spdx["packages"][1]["primaryPackagePurpose"] = "OPERATING-SYSTEM"
    cyclonedx["components"][0]["licenses"] = [{"license": {"id": "No-Such-1.0"}}]
    cyclonedx["components"][1]["unknown"] = 1
    assert len(sbom_problems(spdx)) == 1
    assert len(sbom_problems(cyclonedx)) == 2


@pytest.mark.skipif(not SUITE.is_file(), reason="test-suite-data.json is not installed")
def test_package_urls_are_those_of_the_specifications_own_tests():
    cases = [case for case in json.loads(SUITE.read_text()) if case["type"] in OURS and not case["is_invalid"] and not case["subpath"]]
    assert len(cases) >= 10
    asked = [{"type": case["type"], "name_space": case["namespace"] or "", "name": case["name"], "version": case["version"] or "", "qualifiers": case["qualifiers"] or {}} for case in cases]
    [answer] = we_say_of_packages([{"packages": asked}])
    assert answer["urls"] == [case["canonical_purl"] for case in cases]


@pytest.mark.skipif(not has_packageurl(), reason="packageurl is not installed")
def test_other_readers_find_in_package_urls_what_was_put_into_them():
    # It takes blanks away at both ends.
    asked = [package for package in packages(4, 400) if " " not in (package["name"], package["name_space"], package["version"], *package["qualifiers"].values())]
    [answer] = we_say_of_packages([{"packages": asked}])
    for package, url in zip(asked, answer["urls"]):
        name_space, name = package["name_space"], package["name"]
        if package["type"] != "maven":
            name_space, name = ascii_lower(name_space), ascii_lower(name)
        if package["type"] == "pypi":
            name = name.replace("_", "-")
        kind, read_space, read_name, version, qualifiers = read_package_url(url)
        assert (kind, read_space, version) == (package["type"], "/".join(part for part in name_space.split("/") if part), package["version"]), url
        assert read_name.lower() == name.lower(), url
        assert qualifiers == {key: value for key, value in package["qualifiers"].items() if value}, url


def ascii_lower(text):
    return "".join(character.lower() if character.isascii() else character for character in text)
