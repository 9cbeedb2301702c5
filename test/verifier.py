#!/usr/bin/env python3
"""Verifies an export of a log. Written from docs/verify.md alone, with Debian's python3 and python3-cryptography.

usage: verifier.py <export directory> <verifier key of the log>
Exit code 0 when everything is proven, 4 when something is not what it should be.
"""

import base64
import binascii
import hashlib
import json
import os
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PATHS = ["/actor", "/context", "/event", "/occurred_at", "/payload"]


class Failed(Exception):
    def __init__(self, what, code=None):
        super().__init__(what)
        self.code = code


def require(condition, what, code=None):
    if not condition:
        raise Failed(what, code)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Failed("not base64")
    require(base64.b64encode(data).decode() == text, "base64 is not canonical")
    return data


def decimal(text):
    require(re.fullmatch(r"0|[1-9][0-9]{0,15}", text) is not None, "not a decimal")
    return int(text)


def hex_bytes(text, length):
    require(isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * length), text) is not None, "not hex")
    return bytes.fromhex(text)


class Log:
    """An export, and the key that is trusted for its log."""

    def __init__(self, directory, vkey):
        self.directory = directory
        name, key_id, key = vkey.split("+", 2)
        data = b64(key)
        require(len(data) == 33 and data[0] == 1, "the key is not of Ed25519")
        require(sha256(name.encode(), b"\n", data)[:4].hex() == key_id, "the id of the key is wrong")
        self.epochs = []
        self.origin, self.key_id, self.public_key = name, key_id, Ed25519PublicKey.from_public_bytes(data[1:])

    def read(self, *path):
        try:
            with open(os.path.join(self.directory, *path), "rb") as file:
                return file.read()
        except FileNotFoundError:
            raise Failed("missing: " + "/".join(path))

    def open_checkpoint(self):
        try:
            note = self.read("checkpoint").decode("utf-8")
        except UnicodeDecodeError:
            raise Failed("the checkpoint is not UTF-8")
        require(re.search("[\x00-\x09\x0b-\x1f]", note) is None, "the checkpoint has a control character")
        split = note.rfind("\n\n")
        require(split >= 0 and note.endswith("\n"), "the checkpoint is not a note")
        text, lines = note[: split + 1], note[split + 2 : -1].split("\n")
        signed = False
        for line in lines:
            require(line.startswith("\u2014 ") and line.count(" ") == 2, "malformed signature line")
            _, name, encoded = line.split(" ")
            signature = b64(encoded)
            require(len(signature) > 4, "empty signature")
            if name != self.origin or signature[:4].hex() != self.key_id:
                continue
            try:
                self.public_key.verify(signature[4:], text.encode())
            except InvalidSignature:
                raise Failed("bad signature")
            signed = True
        require(signed, "the log has not signed the checkpoint")
        origin, size, root = text.split("\n")[:3]
        require(origin == self.origin, "the checkpoint is of another log")
        self.size, self.root = decimal(size), b64(root)
        require(len(self.root) == 32, "the root has not 32 bytes")

    def lines(self):
        index = 0
        while True:
            try:
                data = self.read("disclosures", "%06d.jsonl" % index)
            except Failed:
                return
            for line in data.split(b"\n"):
                if line != b"":
                    yield line
            index += 1

    def is_epoch(self, log):
        """Whether this is the log's origin, or that of an earlier epoch."""
        before, now = re.fullmatch(r"(.*/)(0|[1-9][0-9]*)", log), re.fullmatch(r"(.*/)(0|[1-9][0-9]*)", self.origin)
        if log == self.origin or before is None or now is None:
            return log == self.origin
        return before[1] == now[1] and int(before[2]) < int(now[2])

    def enter_epoch(self, log, before, line, seq, start):
        """Where leaves name another epoch, the entry says so, and only later epochs follow."""
        require(self.is_epoch(log), "an entry is of another log")
        if seq == start and (start > 0 or int(log.rpartition("/")[2]) == 0):
            return
        sections = {s["path"]: s.get("value") for s in json.loads(line)["sections"]}
        require((sections.get("/event") or {}).get("action") == "log.epoch", "an epoch begins unannounced")
        said = sections["/payload"]["metadata"]
        require(said["old_origin"] != log and self.is_epoch(said["old_origin"]), "an epoch does not name the one before")
        if before is not None:
            require(int(before.rpartition("/")[2]) < int(log.rpartition("/")[2]), "epochs go back")
        self.epochs.append(seq)

    def entry(self, line, seq, prev, origin=None):
        """The leaf that a line of the disclosures gives."""
        text = line.decode("utf-8")
        entry = json.loads(text, object_pairs_hook=unique)
        require(isinstance(entry, dict), "not an object")
        body = b""
        before = ""
        disclosed = redacted = 0
        for section in entry["sections"]:
            path = section["path"]
            require(path in PATHS and path > before, "sections are out of order")
            before = path
            if "commitment" in section:
                require(set(section) == {"commitment", "path"}, "unknown members")
                body += hex_bytes(section["commitment"], 32)
                redacted += 1
            else:
                require(set(section) == {"path", "salt", "value"}, "unknown members")
                value = canonical(section["value"]).encode()
                require(b'"value":' + value + b"}" in line, "a value is not canonical")
                salt = hex_bytes(section["salt"], 16)
                length = len(path).to_bytes(4, "big")
                body += sha256(b"audit-field/v1\n", salt, length, path.encode(), value)
                disclosed += 1
        leaf = '{"body":"%s","id":"%s","log":"%s","prev":"%s","seq":%d,"t":"%s","v":1}' % (
            sha256(b"audit-body/v1\n", body).hex(),
            entry["id"],
            origin or self.origin,
            prev if prev is not None else hex_bytes(entry["prev"], 32).hex(),
            seq if seq is not None else entry["seq"],
            entry["recorded_at"],
        )
        require(seq is None or entry["seq"] == seq, "a line is out of order")
        return entry, leaf.encode(), disclosed, redacted


def unique(pairs):
    require(len({key for key, _ in pairs}) == len(pairs), "a key stands twice")
    return dict(pairs)


def canonical(value):
    """RFC 8785. Numbers are written as JavaScript writes doubles."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def number(value):
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    digits, _, exponent = repr(value).partition("e")
    if exponent == "" and abs(value) >= 1e-6:
        return digits
    sign = "-" if value < 0 else ""
    whole, _, fraction = digits.lstrip("-").partition(".")
    power = int(exponent or 0)
    significant = (whole + fraction).rstrip("0")
    leading = len(significant) - len(significant.lstrip("0"))
    point = len(whole) + power - leading
    significant = significant.lstrip("0")
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + significant
    if 0 < point <= 21:
        return sign + significant.ljust(point, "0") + ("." + significant[point:] if len(significant) > point else "")
    mantissa = significant[0] + ("." + significant[1:] if len(significant) > 1 else "")
    return "%s%se%s%d" % (sign, mantissa, "+" if point > 0 else "-", abs(point - 1))


def node(left, right):
    return sha256(b"\x01", left, right)


def root_of(hashes):
    """MTH of RFC 6962 section 2.1, over perfect subtrees of one size, the last of which may be smaller."""
    if len(hashes) == 0:
        return sha256()
    while len(hashes) > 1:
        paired = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(hashes) - len(hashes) % 2 :]
    return hashes[0]


def included(index, size, leaf, path, root):
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def index_path(index):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return groups


def tile_path(level, index, width):
    groups = index_path(index)
    if width < 256:
        groups[-1] += ".p"
        groups.append(str(width))
    return ["tile", str(level)] + groups


def consistent(first, second, first_root, second_root, path):
    """RFC 9162 section 2.1.4.2."""
    if first == second or first == 0:
        return path == [] and (first == 0 or first_root == second_root)
    path = ([first_root] if first & (first - 1) == 0 else []) + path
    if first > second or path == []:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


class Tree:
    """The hashes of each level that are known, by their index. Those before `start` are only what tiles across it hold."""

    def __init__(self, log, start, size):
        self.start, self.size = start, size
        self.levels = [{} for _ in range(8)]
        for level in range(1, 8):
            count, total = start >> 8 * level, size >> 8 * level
            first = count - count % 256
            if first == count:
                continue
            width = min(256, total - first)
            tile = log.read(*tile_path(level, first // 256, width))
            require(len(tile) == 32 * width and first + width >= count, "a tile has the wrong length")
            for i in range(first, count):
                self.levels[level][i] = tile[32 * (i - first) : 32 * (i - first) + 32]

    def root(self, size):
        """Of the first `size` leaves, which is `start`, or as many as were added."""
        right = []
        for level in range(8):
            count = size >> 8 * level
            unfinished = [self.levels[level][i] for i in range(count - count % 256, count)]
            if unfinished or right:
                right = [root_of(unfinished + right)]
        return right[0] if right else root_of([])

    def fill(self):
        """Makes the levels above the leaves."""
        for level in range(7):
            for index in range(self.start >> 8 * (level + 1), self.size >> 8 * (level + 1)):
                below = [self.levels[level][i] for i in range(256 * index, 256 * index + 256)]
                self.levels[level + 1][index] = root_of(below)

    def check_tiles(self, log):
        for level in range(8):
            count = self.size >> 8 * level
            for index in range((self.start >> 8 * level) // 256, (count + 255) // 256):
                tile = [self.levels[level][i] for i in range(256 * index, min(count, 256 * index + 256))]
                require(log.read(*tile_path(level, index, len(tile))) == b"".join(tile), "a tile is wrong")


class Deletions:
    """What is gone, and what the log itself says was taken away."""

    def __init__(self):
        self.gone = set()
        self.recorded = set()
        self.prunes = []

    def take(self, entry):
        values = {section["path"]: section.get("value") for section in entry["sections"]}
        for section in entry["sections"]:
            if "commitment" in section:
                self.gone.add((entry["seq"], section["path"]))
        event, payload = values.get("/event") or {}, values.get("/payload") or {}
        metadata = payload.get("metadata") or {}
        if (event.get("source") or {}).get("name") != "counterfoil":
            return
        if event["action"] == "log.prune":
            self.prunes.append(metadata)
        if event["action"] in ("log.redacted", "log.retention"):
            for first, last in spans(metadata["seqs"]):
                for path in metadata["sections"]:
                    self.recorded.update((seq, path) for seq in range(first, last + 1))


def spans(seqs):
    if isinstance(seqs, list):
        return seqs
    parts = [part.split("-") for part in seqs.split(",")]
    return [(int(part[0]), int(part[-1])) for part in parts]


def verify_whole(log, manifest, counts):
    is_part = manifest["kind"] == "part"
    start, size = manifest.get("min_index", 0), log.size
    if is_part:
        size = start if manifest["last_seq"] is None else manifest["last_seq"] + 1
    require(type(start) is int and type(size) is int and start % 256 == 0, "it begins within a bundle")
    require(0 <= start <= size <= log.size, "the entries are not under the checkpoint")
    tree = Tree(log, start, size)
    deletions = Deletions()
    first_prev = walk(log, tree, deletions, counts)
    tree.fill()
    if is_part:
        path = [b64(text) for text in manifest["consistency"]]
        require(consistent(size, log.size, tree.root(size), log.root, path), "the part does not lead to the root")
    else:
        require(tree.root(size) == log.root, "the entries do not lead to the root")
    tree.check_tiles(log)
    if is_part:
        return
    if start > 0:
        claim = {"to": start, "root": tree.root(start).hex(), "last_hash": first_prev}
        is_recorded = any(claim.items() <= prune.items() for prune in deletions.prunes)
        require(is_recorded, "no entry says that the log was pruned to %d" % start, "unrecorded_prune")
        counts["pruned_before"] = start
    missing = deletions.gone - deletions.recorded
    require(not missing, "no entry says that these were erased: %s" % sorted(missing)[:5], "unrecorded_erasure")


def walk(log, tree, deletions, counts):
    """Entry by entry. Returns what the first one names as the hash of the entry before."""
    first_prev = None
    prev = "0" * 64
    time = ""
    epoch = None
    lines = log.lines()
    seq = tree.start
    for index in range(tree.start // 256, (tree.size + 255) // 256):
        width = min(256, tree.size - 256 * index)
        data = log.read(*tile_path("entries", index, width))
        at = 0
        for _ in range(width):
            require(at + 2 <= len(data), "a bundle is cut")
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            leaf = data[at + 2 : end]
            require(end <= len(data), "a bundle is cut")
            at = end
            line = next(lines, None)
            require(line is not None, "lines are missing")
            said = json.loads(leaf)
            if first_prev is None:
                first_prev = said["prev"]
                prev = first_prev if tree.start > 0 else prev
            if said["log"] != epoch:
                log.enter_epoch(said["log"], epoch, line, seq, tree.start)
                epoch = said["log"]
            entry, expected, disclosed, redacted = log.entry(line, seq, prev, epoch)
            require(leaf == expected, "entry %d is not what was recorded" % seq)
            require(entry["recorded_at"] >= time, "time goes back")
            time = entry["recorded_at"]
            deletions.take(entry)
            leaf_hash = sha256(b"\x00", leaf)
            tree.levels[0][seq] = leaf_hash
            prev = leaf_hash.hex()
            counts.seen(seq, disclosed, redacted)
            seq += 1
        require(at == len(data), "a bundle is too long")
    require(next(lines, None) is None, "there are too many lines")
    return first_prev


def verify_selection(log, manifest, counts):
    before = -1
    for line in log.lines():
        named = json.loads(line).get("log", log.origin)
        require(log.is_epoch(named), "an entry is of another log")
        entry, leaf, disclosed, redacted = log.entry(line, None, None, named)
        require(type(entry["seq"]) is int and entry["seq"] > before, "lines are out of order")
        before = entry["seq"]
        path = [hex_bytes(text, 32) for text in entry["inclusion"]]
        require(included(before, log.size, sha256(b"\x00", leaf), path, log.root), "entry %d is not proven" % before)
        counts.seen(before, disclosed, redacted)


class Counts(dict):
    def __init__(self):
        super().__init__(entries=0, disclosed=0, redacted=0)
        self.first_seq = self.last_seq = None

    def seen(self, seq, disclosed, redacted):
        self["entries"] += 1
        self["disclosed"] += disclosed
        self["redacted"] += redacted
        self.first_seq = seq if self.first_seq is None else self.first_seq
        self.last_seq = seq


KINDS = {"log": verify_whole, "part": verify_whole, "selection": verify_selection}


def verify(directory, vkey):
    """The report on an export."""
    counts = Counts()
    try:
        log = Log(directory, vkey)
        log.open_checkpoint()
        manifest = json.loads(log.read("manifest.json"))
        require(manifest["format"] == "counterfoil-export/v1", "unknown format")
        KINDS[manifest["kind"]](log, manifest, counts)
        require(manifest["origin"] == log.origin and manifest["size"] == log.size, "the manifest is of another log")
        found = {"entries": counts["entries"], "first_seq": counts.first_seq, "last_seq": counts.last_seq}
        require(all(manifest[name] == value for name, value in found.items()), "the manifest counts otherwise")
        claimed = manifest["sections"]
        require(claimed == {"disclosed": counts["disclosed"], "redacted": counts["redacted"]}, "the manifest counts otherwise")
    except (Failed, KeyError, TypeError, ValueError, AttributeError) as error:
        code = getattr(error, "code", None)
        return {"verdict": "FAILED", "problem": str(error), **({"code": code} if code else {})}
    epochs = {"epochs": log.epochs} if log.epochs else {}
    return {"verdict": "verified", "size": log.size, **counts, **epochs}


def main():
    report = verify(sys.argv[1], sys.argv[2])
    print(json.dumps(report))
    return 0 if report["verdict"] == "verified" else 4


if __name__ == "__main__":
    sys.exit(main())
