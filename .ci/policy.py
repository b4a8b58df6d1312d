#!/usr/bin/env python3
"""Audits what watchdeck depends on: licences, banned crates, sources, duplicates and known advisories.

Only the standard library. The rules are in policy.toml beside this file. Bans and sources are checked on every line of
Cargo.lock; licences and advisories on what some target can really build, since the lock also holds crates that weak
features name and nothing builds.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


# -- SPDX ---------------------------------------------------------------------------------------------------------------

def parse_spdx(text):
    """`A AND (B OR C WITH e)` as nested tuples; the old `A/B` means OR. Raises ValueError on anything else."""
    tokens = re.findall(r"[()]|[^\s()/]+|/", text)
    tokens = ["OR" if t == "/" else t for t in tokens]
    at = 0

    def peek():
        return tokens[at] if at < len(tokens) else None

    def take():
        nonlocal at
        at += 1
        return tokens[at - 1]

    def chain(word, below):
        parts = [below()]
        while peek() == word:
            take()
            parts.append(below())
        return parts[0] if len(parts) == 1 else (word, *parts)

    def leaf():
        token = peek()
        if token in (None, ")", "AND", "OR", "WITH"):
            raise ValueError(f"not an SPDX expression: {text!r}")
        take()
        if token == "(":
            inner = either()
            if peek() != ")":
                raise ValueError(f"unbalanced: {text!r}")
            take()
            return inner
        if peek() == "WITH":
            take()
            return f"{token} WITH {take()}"
        return token

    def both():
        return chain("AND", leaf)

    def either():
        return chain("OR", both)

    tree = either()
    if peek() is not None:
        raise ValueError(f"not an SPDX expression: {text!r}")
    return tree


def accepted(tree, allowed):
    """The licences by which `tree` is accepted, or None. Of alternatives the first that is allowed counts."""
    if isinstance(tree, str):
        return {tree} if tree in allowed else None
    word, *parts = tree
    found = [accepted(p, allowed) for p in parts]
    if word == "OR":
        return next((f for f in found if f is not None), None)
    return None if None in found else set().union(*found)


# -- versions -----------------------------------------------------------------------------------------------------------

def version_key(text):
    """An ordering key after semver.org: a pre-release comes before its release."""
    core, _, pre = text.split("+")[0].partition("-")
    numbers = [int(n) for n in core.split(".")]
    numbers += [0] * (3 - len(numbers))
    parts = [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")] if pre else [(2, 0, "")]
    return (numbers, parts)


def satisfies(version, requirement):
    """Whether a version meets a Cargo requirement such as `>= 1.2.3, < 2`."""
    return all(satisfies_one(version, part.strip()) for part in requirement.split(",") if part.strip())


def satisfies_one(version, part):
    if part == "*":
        return True
    sign, wanted = re.fullmatch(r"(>=|<=|>|<|=|\^|~)?\s*(\S+)", part).groups()
    have, want = version_key(version), version_key(wanted)
    if sign in (">=", ">", "<", "<="):
        return {">=": have >= want, ">": have > want, "<": have < want, "<=": have <= want}[sign]
    given = wanted.split("+")[0].split("-")[0].split(".")
    numbers = want[0]
    if sign == "=":
        return have == want if len(given) == 3 else have[0][: len(given)] == numbers[: len(given)]
    if sign == "~":
        fixed = min(len(given), 2)
    else:  # ^, also what no sign means: up to the first number that is not zero
        fixed = next((i + 1 for i, n in enumerate(numbers[: len(given)]) if n), len(given))
    return have >= want and have[0][:fixed] == numbers[:fixed]


# -- the tree -----------------------------------------------------------------------------------------------------------

def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def built_packages():
    """(name, version) of everything that some target, feature set as configured, can build."""
    listing = cargo("tree", "--locked", "--target", "all", "-e", "normal,build,dev", "--prefix", "none", "-f", "{p}")
    pairs = (line.split()[:2] for line in listing.splitlines() if line.strip())
    return {(name, version.removeprefix("v")) for name, version in pairs}


def check_licences(policy, packages, report):
    allow = set(policy["licences"]["allow"])
    only = policy["licences"].get("only", [])
    used = set()
    for package in packages:
        name, text = package["name"], package["license"]
        mine = {o["licence"] for o in only if name in o["crates"]}
        try:
            if text is None:
                raise ValueError("no licence expression")
            by = accepted(parse_spdx(text), allow | mine)
            if by is None:
                raise ValueError(f"licence {text!r} is not allowed")
        except ValueError as why:
            report.wrong(f"{name} {package['version']}: {why}")
            continue
        used |= {(licence, name) if licence in mine - allow else licence for licence in by}
    report.unused += [f"licence {licence}" for licence in sorted(allow - used)]
    report.unused += [
        f"licence {o['licence']} for {name}" for o in only for name in o["crates"] if (o["licence"], name) not in used
    ]
    report.said(f"licences: {len(packages)} crates checked")


def check_lock(policy, lock, report):
    banned = {name: ban["reason"] for ban in policy["bans"] for name in ban["crates"]}
    sources = set(policy["sources"]["allow"])
    seen = set()
    for package in lock["package"]:
        label = f"{package['name']} {package['version']}"
        if package["name"] in banned:
            report.wrong(f"{label} is banned: {banned[package['name']]}")
        source = package.get("source")
        if source is None:
            if package["name"] != "watchdeck":
                report.wrong(f"{label} comes from a path")
        elif source not in sources:
            report.wrong(f"{label} comes from {source}")
        elif "checksum" not in package:
            report.wrong(f"{label} has no checksum")
        seen.add(source)
    report.unused += [f"source {s}" for s in sorted(sources - seen)]
    report.said(f"bans and sources: {len(lock['package'])} lines of Cargo.lock checked")


# -- advisories ---------------------------------------------------------------------------------------------------------

def git(*arguments, timeout):
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(["git", *arguments], env=environment, timeout=timeout, capture_output=True)
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return False
    return done.returncode == 0


def check_advisories(policy, built, report):
    settings = policy["advisories"]
    if local := os.environ.get("ADVISORY_DB"):
        match_advisories(Path(local), settings, built, report)
        return
    if not git("ls-remote", settings["database"], "HEAD", timeout=5):
        report.said("advisories: LEFT OUT (database not reachable)")
        return
    with tempfile.TemporaryDirectory() as folder:
        if not git("clone", "--quiet", "--depth", "1", settings["database"], f"{folder}/db", timeout=120):
            report.said("advisories: LEFT OUT (the database could not be fetched)")
            return
        match_advisories(Path(folder, "db"), settings, built, report)


def match_advisories(database, settings, built, report):
    ignored = {i["id"]: i["reason"] for i in settings["ignore"]}
    used, read = set(), 0
    for name, version in sorted(built):
        for file in sorted(database.glob(f"crates/{name}/*.md")):
            read += 1
            front = file.read_text(encoding="utf-8").split("```toml", 1)[1].split("```", 1)[0]
            entry = tomllib.loads(front)
            about, versions = entry["advisory"], entry.get("versions", {})
            safe = [*versions.get("patched", []), *versions.get("unaffected", [])]
            if "withdrawn" in about or any(satisfies(version, s) for s in safe):
                continue
            if about["id"] in ignored:
                used.add(about["id"])
            elif "informational" in about:
                report.said(f"advisories: note: {name} {version}: {about['id']} ({about['informational']})")
            else:
                report.wrong(f"{name} {version}: {about['id']}; safe: {', '.join(safe) or 'none'}")
    report.unused += [f"advisory {i}" for i in sorted(set(ignored) - used)]
    report.said(f"advisories: {read} entries read for {len(built)} crates")


# -- the whole ----------------------------------------------------------------------------------------------------------

class Report:
    def __init__(self):
        self.failures, self.unused = [], []

    def said(self, line):
        print(f"  {line}", flush=True)

    def wrong(self, line):
        self.failures.append(line)


def audit():
    report = Report()
    policy = tomllib.loads((HERE / "policy.toml").read_text(encoding="utf-8"))
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    built = built_packages()
    known = json.loads(cargo("metadata", "--format-version", "1", "--locked"))["packages"]
    packages = [p for p in known if (p["name"], p["version"]) in built]
    if len(packages) != len(built):
        report.wrong(f"cargo tree names {len(built)} crates, cargo metadata knows {len(packages)} of them")
    check_lock(policy, lock, report)
    check_licences(policy, packages, report)
    twice = sorted(name for name, n in Counter(name for name, _ in built).items() if n > 1)
    report.said(f"duplicates: {len(twice)} crates in more than one version: {', '.join(twice)}")
    check_advisories(policy, built, report)
    for line in report.unused:
        report.said(f"unused allowance: {line}")
    for line in report.failures:
        report.said(f"WRONG: {line}")
    return 1 if report.failures else 0


def self_test():
    """The parts that decide, on cases that have gone wrong elsewhere."""
    allowed = {"MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"}

    def verdict(text):
        return accepted(parse_spdx(text), allowed)

    assert verdict("MIT") == {"MIT"}
    assert verdict("Unlicense OR MIT") == {"MIT"}
    assert verdict("Apache-2.0/GPL-3.0") == {"Apache-2.0"}
    assert verdict("(GPL-3.0 OR MIT) AND ISC") == {"MIT", "ISC"}
    assert verdict("MIT AND GPL-3.0") is None
    assert verdict("GPL-3.0 OR MIT AND AGPL-3.0") is None, "AND binds tighter than OR"
    assert verdict("GPL-3.0 AND MIT OR ISC") == {"ISC"}
    assert verdict("GPL-2.0 WITH Classpath-exception-2.0") is None
    assert verdict("Apache-2.0 WITH LLVM-exception OR GPL-3.0") == {"Apache-2.0 WITH LLVM-exception"}
    for bad in ["", "MIT OR", "(MIT", "MIT ISC", "AND", "MIT)"]:
        try:
            parse_spdx(bad)
        except ValueError:
            continue
        raise AssertionError(f"accepted {bad!r}")
    for version, requirement, expected in [
        ("1.2.3", ">=1.2.3", True), ("1.2.2", ">= 1.2.3", False), ("1.10.0", "> 1.9.9", True),
        ("1.2.3-rc.1", ">=1.2.3", False), ("1.2.3", ">=1.2.3-rc.1", True), ("1.0.0-rc.10", "> 1.0.0-rc.9", True),
        ("0.3.9", "^0.3.4", True), ("0.4.0", "^0.3.4", False), ("0.0.4", "^0.0.3", False), ("2.0.0", "^1", False),
        ("1.4.9", "~1.4.2", True), ("1.5.0", "~1.4.2", False), ("1.9.0", "~1", True), ("1.2.3", "=1.2.3", True),
        ("1.2.4", "=1.2.3", False), ("1.2.9", "=1.2", True), ("1.5.0", ">=1.0, <1.5", False), ("0.9.0", "*", True),
        ("1.0.0+build", "=1.0.0", True),
    ]:
        assert satisfies(version, requirement) is expected, (version, requirement)
    entry = '```toml\n[advisory]\nid = "RUSTSEC-0000-{n}"\npackage = "a"\n{more}[versions]\npatched = [{p}]\n```\n# T\n'
    with tempfile.TemporaryDirectory() as folder:
        crate = Path(folder, "crates", "a")
        crate.mkdir(parents=True)
        cases = [("1", "", '">= 1.1"'), ("2", "", '">= 1.0"'), ("3", "", ""), ("5", 'withdrawn = "2020-01-01"\n', "")]
        for number, more, patched in cases:
            (crate / f"{number}.md").write_text(entry.format(n=number, more=more, p=patched))
        report = Report()
        report.said = lambda line: None
        ignore = [{"id": "RUSTSEC-0000-3", "reason": "r"}, {"id": "RUSTSEC-0000-9", "reason": "gone"}]
        match_advisories(Path(folder), {"ignore": ignore}, {("a", "1.0.5"), ("b", "1.0.0")}, report)
        assert [line.split("; ")[0] for line in report.failures] == ["a 1.0.5: RUSTSEC-0000-1"], report.failures
        assert report.unused == ["advisory RUSTSEC-0000-9"], report.unused
    print("  policy.py: its own tests pass", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if "--self-test" in sys.argv[1:] else audit())
