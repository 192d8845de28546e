#!/usr/bin/env python3
"""What scripts/piglit.sh needs to know of piglit's own files.

  piglit.py profile LIST EVERY OUT.xml.gz      a profile with every EVERYth test of LIST (a name per line)
  piglit.py compare PROFILE.xml.gz RESULTS REFERENCE
                                               what is worse or better in the folder RESULTS than in REFERENCE, which is
                                               another such folder or a .json with recorded results; exit code 1 if worse
  piglit.py recorded PROFILE.xml.gz JSON       exit code 1 if JSON lacks a result of one of the profile's tests
"""
import bz2
import glob
import gzip
import json
import os
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

# Every test of public.txt is in one of these.
PROFILES = ("quick_gl", "quick_shader")
# A skip stands beside pass: to skip what ran before, or to run what is not there, is worse.
SEVERITY = {"pass": 0, "warn": 1, "fail": 2, "crash": 3, "timeout": 3}
MISSING = "missing"


def profile(list_path, every, out):
    names = [name for name in open(list_path).read().split("\n") if name][:: int(every)]
    wanted, root = set(names), ElementTree.Element("PiglitTestList", name="vtest")
    for installed in PROFILES:
        path = glob.glob(f"/usr/lib/*/piglit/tests/{installed}.xml.gz")[0]
        for test in ElementTree.parse(gzip.open(path)).getroot():
            if test.get("name") in wanted:
                wanted.discard(test.get("name"))
                root.append(test)
    if wanted:
        sys.exit(f"piglit: the installed profiles lack {len(wanted)} tests, such as {min(wanted)}")
    root.set("count", str(len(root)))
    with gzip.open(out, "wb") as file:
        file.write(b"<?xml version='1.0' encoding='utf-8'?>\n" + ElementTree.tostring(root))


def names_of(profile_path):
    return [test.get("name") for test in ElementTree.parse(gzip.open(profile_path)).getroot()]


def results_of(path):
    """{name: result}, subtests as "name / subtest"; and the names that are not the same in every run."""
    if path.endswith(".json"):
        record = json.load(open(path))
        tests = {name: (test["reference"], test.get("subtests", {})) for name, test in record["tests"].items()}
        flaky = {*record["flaky"], *(" / ".join(pair) if isinstance(pair, list) else pair for pair in record["flaky_subtests"])}
    else:
        record = json.load(bz2.open(os.path.join(path, "results.json.bz2")))
        tests = {name: (test["result"], test.get("subtests", {})) for name, test in record["tests"].items()}
        for _, subtests in tests.values():
            subtests.pop("__type__", None)
        flaky = set()
    results = {}
    for name, (result, subtests) in tests.items():
        results[name] = result
        results.update({f"{name} / {subtest}": value for subtest, value in subtests.items()})
    return results, flaky


def is_worse(got, wanted):
    if "skip" in (got, wanted):
        return got != "pass"
    return SEVERITY.get(got, 4) > SEVERITY.get(wanted, 4)


def compare(profile_path, results_path, reference_path):
    names = names_of(profile_path)
    (got, _), (wanted, flaky) = results_of(results_path), results_of(reference_path)
    tests = set(names) - flaky
    # Subtests stand behind their test's name.
    keys = sorted(key for key in {*got, *wanted} | tests if key not in flaky and key.split(" / ")[0] in tests)
    differences = [(key, got.get(key, MISSING), wanted.get(key, MISSING)) for key in keys]
    differences = [(key, ours, theirs) for key, ours, theirs in differences if ours != theirs]
    worse = [row for row in differences if is_worse(row[1], row[2])]
    for title, rows in (("worse", worse), ("better", [row for row in differences if row not in worse])):
        for key, ours, theirs in rows:
            print(f"{title}: {key}: {ours}, the reference {theirs}")
    totals = ", ".join(f"{count} {result}" for result, count in Counter(got.get(name, MISSING) for name in names).most_common())
    print(f"{len(names)} tests: {totals}; {len(worse)} worse, {len(differences) - len(worse)} better (subtests counted)")
    return 1 if worse else 0


def recorded(profile_path, json_path):
    known = json.load(open(json_path))["tests"]
    return 0 if all(name in known for name in names_of(profile_path)) else 1


if __name__ == "__main__":
    verbs = {"profile": profile, "compare": compare, "recorded": recorded}
    if len(sys.argv) < 2 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    sys.exit(verbs[sys.argv[1]](*sys.argv[2:]))
