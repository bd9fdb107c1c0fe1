"""Prints what failed and what was skipped in the result files of a test run, then "N passed, N failed, N skipped".

    count_results.py FOLDER GROUP...     reads FOLDER/GROUP.xml: Catch2's own XML for "unit", JUnit's for the others

A group whose file is missing or cut counts as one failure: its runner crashed. Exits with 1 when anything failed.
"""

import pathlib
import sys
import xml.etree.ElementTree


def catch2(root):
    for case in root.iter("TestCase"):
        overall = case.find("OverallResult")
        if overall is None:
            yield case.get("name"), "failed", "did not end"
        elif int(overall.get("skips") or 0) > 0 and overall.get("success") == "true":
            yield case.get("name"), "skipped", ""
        elif overall.get("success") == "true":
            yield case.get("name"), "passed", ""
        else:
            places = [f"{place.get('filename')}:{place.get('line')}: {' '.join(''.join(place.itertext()).split())}"
                      for place in [*case.iter("Expression"), *case.iter("Failure"), *case.iter("Exception"), *case.iter("FatalErrorCondition")]
                      if place.get("success") != "true"]
            yield case.get("name"), "failed", "\n  ".join(places[:5])


def junit(root):
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed", ""
        elif skipped is not None:
            yield name, "skipped", skipped.get("message") or ""
        else:
            yield name, "passed", ""


def results(folder, group):
    try:
        root = xml.etree.ElementTree.parse(folder / f"{group}.xml").getroot()
    except (OSError, xml.etree.ElementTree.ParseError) as problem:
        return [(group, "failed", f"the runner wrote no whole result file, so it crashed: {problem}")]
    found = list((catch2 if group == "unit" else junit)(root))
    return found or [(group, "failed", "the runner ran no test")]


def main():
    folder, groups = pathlib.Path(sys.argv[1]), sys.argv[2:]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for group in groups:
        for name, outcome, why in results(folder, group):
            counts[outcome] += 1
            if outcome != "passed":
                print(f"{outcome}: {name}" + (f"\n  {why}" if outcome == "failed" and why else f": {why}" if why else ""))
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
