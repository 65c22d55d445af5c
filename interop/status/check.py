#!/usr/bin/env python3
"""Lists of blocked cards, between vitacard and libraries of others, both ways.

    python3 check.py [--owf] PROGRAM...

PROGRAM... is how to run vitacard's example interop_lists. It writes lists, which the
libraries verify and read here; they make lists, which it verifies and reads. Every
place of every list is compared. Prints one line for each list; the exit code is 1 if
anything is not as it should be. ../README.md says who the libraries are.

--owf asks @owf/token-status-list as well, with Node.js.

Needs the packages in requirements.txt.
"""

import base64
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import cbor2
import cwt
import token_status_list
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

SUB, EXP, IAT = 2, 4, 6
IDENTIFIER_LIST, STATUS_LIST, TTL = 65530, 65533, 65534
ALG, KID, TYP, X5CHAIN, ES256 = 1, 4, 16, 33, -7
STATUS_TYP, IDENTIFIER_TYP = "application/statuslist+cwt", "application/identifierlist+cwt"
URI, IDENTIFIERS_URI = "https://status.example/1", "https://status.example/ids"
# Numbers of vitacard's errors: docs/errors.md.
PAST_THE_END = {"refused": 2506}
LIST_MALFORMED, LIST_TYPE, LIST_SIGNATURE = 2550, 2551, 2555
ENTRIES = 512

CWT = f"cwt {version('cwt')}"
TSL = f"token-status-list {version('token-status-list')}"


def main():
    arguments = sys.argv[1:]
    owf = arguments[:1] == ["--owf"]
    program = arguments[owf:]
    if not program:
        sys.exit(__doc__)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        subprocess.run([*program, "write", folder], check=True)
        for file in sorted(folder.glob("ours_*.json")):
            good &= report(f"{CWT}, {TSL}", file, read_ours(json.loads(file.read_text())))
        make_theirs(folder)
        if owf:
            lists = Path(__file__).parent / "owf" / "lists.mjs"
            good &= subprocess.run(["node", lists, folder], check=False).returncode == 0
        said = subprocess.run([*program, "read", folder], check=True, capture_output=True)
        said = json.loads(said.stdout)
        files = sorted(folder.glob("theirs_*.json"))
        for file in files:
            theirs = json.loads(file.read_text())
            good &= report("vitacard", file, differences(theirs["expected"], said[file.name]))
        good &= len(said) == len(files)
    sys.exit(0 if good else 1)


def report(who, file, faults):
    """Faults is text for each entry that is not as it should be."""
    verdict = "as it should" if not faults else f"WRONG: {len(faults)}, such as {faults[0]}"
    print(f"{who}, {file.stem}: {verdict}")
    return not faults


def differences(expected, said):
    if not isinstance(expected, list) or not isinstance(said, list):
        return [] if expected == said else [f"{said}, where {expected} was expected"]
    if len(expected) != len(said):
        return [f"{len(said)} answers, where {len(expected)} were expected"]
    pairs = enumerate(zip(expected, said))
    return [f"place {n}: {b}, where {a} was expected" for n, (a, b) in pairs if a != b]


# ---- what vitacard made ---------------------------------------------------------

def read_ours(ours):
    token = bytes.fromhex(ours["token"])
    leaf, root = (x509.load_pem_x509_certificate(ours[name].encode())
                  for name in ("certificate", "root"))
    leaf.verify_directly_issued_by(root)
    key = cwt.COSEKey.from_pem(ours["certificate"])
    # Not `cwt.decode`, which insists on a `kid`: signers of lists are named by certificates.
    reader = cwt.COSE.new()
    try:
        protected, unprotected, payload = reader.decode_with_headers(token, key)
    except (cwt.CWTError, ValueError) as error:
        return [f"cwt refuses it: {error}"]
    # What nobody signed is not accepted here.
    spoilt = token[:-1] + bytes([token[-1] ^ 1])
    try:
        reader.decode(spoilt, key)
        return ["cwt accepts a spoilt signature"]
    except cwt.VerifyError:
        pass
    claims = cbor2.loads(payload)
    identifiers = "blocked" in ours
    expected = {ALG: ES256, TYP: IDENTIFIER_TYP if identifiers else STATUS_TYP,
                X5CHAIN: leaf.public_bytes(Encoding.DER)}
    if protected != expected or unprotected != {}:
        return [f"the headers {protected}, {unprotected}"]
    if claims[SUB] != ours["uri"] or not claims[IAT] < claims[EXP]:
        return [f"the claims {claims}"]
    if identifiers:
        return read_our_identifiers(ours, claims[IDENTIFIER_LIST]["identifiers"])
    return read_our_statuses(ours, claims)


def read_our_statuses(ours, claims):
    if claims[TTL] != 43_200 or claims[STATUS_LIST].keys() != {"bits", "lst"}:
        return [f"the claims {claims}"]
    said = claims[STATUS_LIST]
    lst = base64.urlsafe_b64encode(said["lst"]).rstrip(b"=").decode()
    read = token_status_list.BitArray.load({"bits": said["bits"], "lst": lst})
    if read.bits != ours["bits"]:
        return [f"{read.bits} bits"]
    return differences(ours["statuses"], [read[n] for n in range(len(read))])


def read_our_identifiers(ours, said):
    wanted = ours["blocked"] + ours["others"]
    expected = [True] * len(ours["blocked"]) + [False] * len(ours["others"])
    if len(said) != len(ours["blocked"]) or any(info != {} for info in said.values()):
        return [f"{len(said)} identifiers"]
    return differences(expected, [bytes.fromhex(id) in said for id in wanted])


# ---- what the others make -------------------------------------------------------

class Signer:
    """A key that `cwt` signs with."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.cose_key = cwt.COSEKey.from_pem(pem, kid="12")
        self.public = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint)

    def token(self, claims, typ):
        return cwt.COSE.new(alg_auto_inclusion=True).encode(
            cbor2.dumps(claims), self.cose_key, protected={TYP: typ}, unprotected={KID: b"12"})

    def raw(self, message):
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def write(self, folder, name, token, expected, **more):
        asked = more.pop("asked", list(range(ENTRIES + 1)))
        theirs = {"uri": URI, "token": token.hex(), "key": self.public.hex(),
                  "asked": asked, "expected": expected, **more}
        (folder / f"theirs_{name}.json").write_text(json.dumps(theirs))


def make_theirs(folder):
    signer, now = Signer(), int(time.time())
    claims = {SUB: URI, IAT: now, EXP: now + 86_400}
    for bits in (1, 2, 4, 8):
        lst, statuses = pack(bits)
        expected = statuses + [PAST_THE_END]
        packed = {"bits": bits, "lst": lst.compressed()}
        token = signer.token({**claims, STATUS_LIST: packed, TTL: 43_200}, STATUS_TYP)
        signer.write(folder, f"cwt_{bits}", token, expected)
        if bits == 1:
            spoilt = token[:-1] + bytes([token[-1] ^ 1])
            signer.write(folder, "cwt_spoilt", spoilt, {"refused": LIST_SIGNATURE})
            make_short(folder, signer, {**claims, STATUS_LIST: packed}, expected)
    make_identifiers(folder, signer, claims)
    make_draft_2(folder, signer, now)


def pack(bits):
    """A list, and what it says. No pattern that a wrong order of bits would keep. Of one bit,
    few are blocked: such a list is kept in another form."""
    lst = token_status_list.BitArray.of_size(bits, ENTRIES)
    mixed = [n * n * 2654435761 >> 7 & 255 for n in range(ENTRIES)]
    statuses = [int(n < 16) if bits == 1 else n & (1 << bits) - 1 for n in mixed]
    for index, status in enumerate(statuses):
        lst[index] = status
    return lst, statuses


def make_short(folder, signer, claims, expected):
    """The type that token-status-list writes lacks `application/`."""
    status_list = token_status_list.IssuerStatusList.new(1, ENTRIES)
    protected, _ = status_list.sign_cwt_payload(alg="ES256", iss="", sub=URI)
    typ = cbor2.loads(protected)[TYP]
    token = signer.token(claims, typ)
    signer.write(folder, "short_type", token, {"refused": LIST_TYPE})
    signer.write(folder, "short_type_allowed", token, expected, short_types=True)


def make_identifiers(folder, signer, claims):
    """No library here knows identifier lists; the envelope and its signature are cwt's."""
    _, statuses = pack(1)
    ids = [bytes([n >> 8, n & 255, 7]) for n in range(ENTRIES)]
    blocked = {id: {} for id, status in zip(ids, statuses) if status}
    listed = {**claims, SUB: IDENTIFIERS_URI, IDENTIFIER_LIST: {"identifiers": blocked}}
    token = signer.token(listed, IDENTIFIER_TYP)
    signer.write(folder, "cwt_identifiers", token, statuses, uri=IDENTIFIERS_URI,
                 asked=[id.hex() for id in ids])


def make_draft_2(folder, signer, now):
    """Tokens as token-status-list makes them from end to end, by draft 2 of the standard: what
    is signed is no Sig_structure, and 65534, where the list is, has become `ttl`."""
    status_list = token_status_list.IssuerStatusList.new(1, ENTRIES)
    said = {"alg": "ES256", "iss": "https://status.example", "sub": URI, "iat": now,
            "exp": now + 86_400}
    token = status_list.sign_cwt(signer.raw, kid=b"12", **said)
    signer.write(folder, "draft_2", token, {"refused": LIST_SIGNATURE}, short_types=True)
    protected, payload = status_list.sign_cwt_payload(**said)
    signature = signer.raw(cbor2.dumps(["Signature1", protected, b"", payload]))
    token = status_list.signed_cwt_token(b"12", protected, payload, signature)
    signer.write(folder, "draft_2_signed_well", token, {"refused": LIST_MALFORMED},
                 short_types=True)


if __name__ == "__main__":
    main()
