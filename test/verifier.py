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
    pass


def require(condition, what):
    if not condition:
        raise Failed(what)


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

    def enter_epoch(self, log, before, line, seq):
        """Where leaves name another epoch, the entry says so, and only later epochs follow."""
        require(self.is_epoch(log), "an entry is of another log")
        if seq == 0 and int(log.rpartition("/")[2]) == 0:
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


def verify_whole(log, counts):
    hashes = []
    prev = "0" * 64
    time = ""
    epoch = None
    lines = log.lines()
    for index in range((log.size + 255) // 256):
        width = min(256, log.size - 256 * index)
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
            named = json.loads(leaf)["log"]
            if named != epoch:
                log.enter_epoch(named, epoch, line, len(hashes))
                epoch = named
            entry, expected, disclosed, redacted = log.entry(line, len(hashes), prev, epoch)
            require(leaf == expected, "entry %d is not what was recorded" % len(hashes))
            require(entry["recorded_at"] >= time, "time goes back")
            time = entry["recorded_at"]
            hashes.append(sha256(b"\x00", leaf))
            prev = hashes[-1].hex()
            counts["entries"] += 1
            counts["disclosed"] += disclosed
            counts["redacted"] += redacted
        require(at == len(data), "a bundle is too long")
    require(next(lines, None) is None, "there are too many lines")
    require(root_of(list(hashes)) == log.root, "the entries do not lead to the root")
    level = 0
    while hashes:
        for index in range((len(hashes) + 255) // 256):
            tile = hashes[256 * index : 256 * index + 256]
            require(log.read(*tile_path(level, index, len(tile))) == b"".join(tile), "a tile is wrong")
        full = len(hashes) // 256
        hashes = [root_of(hashes[256 * i : 256 * i + 256]) for i in range(full)]
        level += 1


def verify_selection(log, counts):
    before = -1
    for line in log.lines():
        named = json.loads(line).get("log", log.origin)
        require(log.is_epoch(named), "an entry is of another log")
        entry, leaf, disclosed, redacted = log.entry(line, None, None, named)
        require(type(entry["seq"]) is int and entry["seq"] > before, "lines are out of order")
        before = entry["seq"]
        path = [hex_bytes(text, 32) for text in entry["inclusion"]]
        require(included(before, log.size, sha256(b"\x00", leaf), path, log.root), "entry %d is not proven" % before)
        counts["entries"] += 1
        counts["disclosed"] += disclosed
        counts["redacted"] += redacted


def main():
    log = Log(sys.argv[1], sys.argv[2])
    counts = {"entries": 0, "disclosed": 0, "redacted": 0}
    try:
        log.open_checkpoint()
        manifest = json.loads(log.read("manifest.json"))
        require(manifest["format"] == "counterfoil-export/v1", "unknown format")
        (verify_whole if manifest["kind"] == "log" else verify_selection)(log, counts)
        require(manifest["origin"] == log.origin and manifest["size"] == log.size, "the manifest is of another log")
        require(manifest["entries"] == counts["entries"], "the manifest counts otherwise")
        claimed = manifest["sections"]
        require(claimed == {"disclosed": counts["disclosed"], "redacted": counts["redacted"]}, "the manifest counts otherwise")
    except (Failed, KeyError, TypeError, ValueError) as error:
        print(json.dumps({"verdict": "FAILED", "problem": str(error)}))
        return 4
    epochs = {"epochs": log.epochs} if log.epochs else {}
    print(json.dumps({"verdict": "verified", "size": log.size, **counts, **epochs}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
