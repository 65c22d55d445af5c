#!/usr/bin/env python3
"""Independent check of vitacard's delegation test vectors.

    python3 check.py [FOLDER]        (default: the folder that holds this file)

Verifies the DeviceResponse in every *.json of the folder as a reader would, and
compares the verdict with the vector's `expect`. Prints one line for each
disagreement; the exit code is 1 if there is one, or if there is no vector.

Needs the packages in requirements.txt. Every key is P-256 here, uncompressed; the
rules of ISO/IEC 18013-5 Annex B on certificates (EKU, CRL, ...) are left out. It
shares no code with vitacard: agreement means that docs/delegation.md, whose steps
are cited by their numbers, was understood twice in the same way.
"""

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, Optional

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

DLG_NS = "org.vitacard.delegation.1"
POLICY, SCOPE, PURPOSES, NAME, USES, OWN_CARD = -70001, -70001, -70002, -70003, -70004, -70005
EXP, NBF, IAT, CTI, CNF = 4, 5, 6, 7, 8
DELEGATION_PROTECTED = cbor2.dumps(
    {1: -7, 16: "application/vnd.vitacard.delegation+cwt"}, canonical=True)
ES256_PROTECTED = bytes.fromhex("a10126")
MAX_RESPONSE, MAX_DELEGATION, MAX_SCOPE, MAX_DEPTH = 64 * 1024, 2 * 1024, 64, 16
MAX_NAMES, MAX_ENTRIES = 64, 1024
MAX_LIFETIME, SKEW = 30 * 24 * 3600, 60
DIGESTS = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}


class Rejected(Exception):
    """The verdict on a response; its text is the name of the rule that failed."""


def need(condition, name):
    if not condition:
        raise Rejected(name)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ---- CBOR ---------------------------------------------------------------------
# A reader of our own, because general decoders hide what matters here: the bytes
# as received, duplicate keys, and whether the encoding was the deterministic one.

class Malformed(Exception):
    """Not well-formed CBOR (RFC 8949, 5.3.1), or nested too deep."""


class Item(NamedTuple):
    kind: str            # int, bytes, text, array, map, tag, bool, null, other
    value: Any           # array: list of Item; map: dict to Item; tag: (number, Item)
    raw: bytes           # as received
    valid: bool          # definite lengths, no duplicate key, no broken UTF-8, here or below
    deterministic: bool  # valid, and encoded by RFC 8949 4.2.1, here and below


class CborReader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Malformed
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        """Major type, additional information, argument (None: indefinite), shortest?"""
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info, info, True
        if info < 28:
            size = 1 << (info - 24)
            argument = int.from_bytes(self.take(size), "big")
            return major, info, argument, argument >= (24 if size == 1 else 1 << 4 * size)
        if info == 31 and 2 <= major <= 5:
            return major, info, None, False
        raise Malformed

    def repeat(self, count, read):
        """`count` times read(), or up to the break code if count is None."""
        found = []
        while count is None or len(found) < count:
            if count is None and self.data[self.at:self.at + 1] == b"\xff":
                self.at += 1
                break
            found.append(read())
        return found

    def chunk(self, major):
        found, _, length, _ = self.head()
        if found != major or length is None:
            raise Malformed
        return self.take(length)

    def item(self, depth=0):
        start = self.at
        major, info, argument, shortest = self.head()
        if 4 <= major <= 6 and depth >= MAX_DEPTH:
            raise Malformed
        valid, ordered, children = True, True, []
        if major in (0, 1):
            kind, value = "int", argument if major == 0 else -1 - argument
        elif major in (2, 3):
            value = (b"".join(self.repeat(None, lambda: self.chunk(major)))
                     if argument is None else self.take(argument))
            kind = "bytes"
            if major == 3:
                kind, value, valid = as_text(value)
        elif major == 4:
            kind, value = "array", self.repeat(argument, lambda: self.item(depth + 1))
            children = value
        elif major == 5:
            pairs = self.repeat(argument, lambda: (self.item(depth + 1), self.item(depth + 1)))
            kind, value = "map", {map_key(key): item for key, item in pairs}
            children = [item for pair in pairs for item in pair]
            valid = len(value) == len(pairs)
            keys = [key.raw for key, _ in pairs]
            ordered = all(one < two for one, two in zip(keys, keys[1:]))
        elif major == 6:
            children = [self.item(depth + 1)]
            kind, value = "tag", (argument, children[0])
        else:
            kind, value = simple(info, argument)
        valid = valid and argument is not None and all(child.valid for child in children)
        deterministic = (valid and shortest and ordered
                         and all(child.deterministic for child in children))
        return Item(kind, value, self.data[start:self.at], valid, deterministic)


def as_text(data):
    try:
        return "text", data.decode("utf-8"), True
    except UnicodeDecodeError:
        return "text", data.decode("utf-8", "surrogateescape"), False


def simple(info, argument):
    if info == 24 and argument < 32:
        raise Malformed
    if info in (20, 21):
        return "bool", info == 21
    return ("null", None) if info == 22 else ("other", None)


def map_key(item):
    # Python holds True, 1 and 1.0 for the same key; CBOR does not.
    return item.value if item.kind in ("int", "bytes", "text") else (item.kind, item.raw)


def parse(data):
    reader = CborReader(data)
    item = reader.item()
    if reader.at != len(data):
        raise Malformed
    return item


def array(*parts):
    """An array of at most 23 parts that are encoded already (some as received)."""
    return bytes([0x80 + len(parts)]) + b"".join(parts)


def bytes24(data):
    return cbor2.dumps(cbor2.CBORTag(24, data), canonical=True)


# ---- ISO structures: any key order, unknown keys ignored, duplicates refused ----

def decode(data):
    try:
        item = parse(data)
    except Malformed:
        raise Rejected("Undecodable") from None
    need(item.valid, "Undecodable")
    return item


def field(item, key, kind, optional=False):
    need(item.kind == "map", "Undecodable")
    found = item.value.get(key)
    if found is None and optional:
        return None
    need(found is not None and found.kind == kind, "Undecodable")
    return found


def embedded(item):
    """What lies in #6.24(bstr .cbor X)."""
    need(item.kind == "tag" and item.value[0] == 24 and item.value[1].kind == "bytes",
         "Undecodable")
    return decode(item.value[1].value)


def tdate(validity, key):
    number, text = field(validity, key, "tag").value
    match = number == 0 and text.kind == "text" and re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", text.value)
    need(match, "Undecodable")
    try:
        return int(datetime(*map(int, match.groups()), tzinfo=timezone.utc).timestamp())
    except ValueError:
        raise Rejected("Undecodable") from None


def point(x, y):
    """The P-256 key with these coordinates, or None if there is no such point."""
    try:
        return ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()).public_key()
    except ValueError:
        return None


def device_key_of(key):
    """The MSO's deviceKey, or None: then no signature verifies under it."""
    kty, crv, x, y = (key.value.get(label) for label in (1, -1, -2, -3))
    if None in (kty, crv, x, y) or (kty.value, crv.value) != (2, 1):
        return None
    if not x.kind == y.kind == "bytes" or not len(x.value) == len(y.value) == 32:
        return None
    return point(x.value, y.value)


def may_sign(key):
    """What the issuer declares in the COSE_Key: alg ES256 and key_ops verify, if anything."""
    alg, ops = key.value.get(3), key.value.get(4)
    if alg is not None and alg.value != -7:
        return False
    return ops is None or any(op.value == 2 for op in ops.value)


def verifies(key, signature, protected, aad, payload):
    """A COSE_Sign1 ES256 signature; its bytes serve for nothing else (they are malleable)."""
    if key is None or len(signature) != 64:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), sig_structure(protected, aad, payload),
                   ec.ECDSA(SHA256()))
        return True
    except InvalidSignature:
        return False


def sig_structure(protected, aad, payload):
    return cbor2.dumps(["Signature1", protected, aad, payload], canonical=True)


def is_es256(protected):
    """An ISO protected header: alg ES256, and nothing critical that we do not know."""
    header = decode(protected) if protected else None
    if header is None or header.kind != "map" or 2 in header.value:
        return False
    alg = header.value.get(1)
    return alg is not None and alg.kind == "int" and alg.value == -7


# ---- The reader and the card --------------------------------------------------

@dataclass
class Reader:
    anchor: x509.Certificate
    now: int
    purpose: tuple
    requested: set
    revoked: Optional[set]
    accepts_delegates: bool
    transcript: bytes
    response_size: int


@dataclass
class Card:
    doc_type: str
    parent: bytes
    items: list                     # (name space, digest id, element id), as returned
    device_key: Optional[ec.EllipticCurvePublicKey]
    signs: bool                     # the issuer does not say otherwise of the device key
    authorized: dict                # keyAuthorizations: name space => element ids, None = all
    key_info: dict
    signed: int
    valid_from: int
    valid_until: int

    @property
    def delegable(self):
        return DLG_NS in self.authorized and self.authorized[DLG_NS] is None


@dataclass
class Verified:
    card: Card
    delegation_id: Optional[bytes] = None   # None: presented by the holder himself
    own_card: Optional[bytes] = None        # the parent digest that the delegation names
    own_card_needed: bool = False


# ---- ISO steps: chain, issuer signature, digests, dates ------------------------

def trusted_leaf(protected, unprotected, reader):
    """The DER and the certificate of the signer. The root has pathLen 0: leaf right below it."""
    header = decode(protected).value if protected else {}
    chains = [h[33] for h in (header, unprotected) if isinstance(h, dict) and 33 in h]
    need(len(chains) == 1, "UntrustedIssuer")
    first = chains[0].value[:1] if chains[0].kind == "array" else chains
    need(first and first[0].kind == "bytes", "UntrustedIssuer")
    try:
        leaf = x509.load_der_x509_certificate(first[0].value)
        reader.anchor.public_key().verify(
            leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(SHA256()))
        need(isinstance(leaf.public_key().curve, ec.SECP256R1), "UntrustedIssuer")
        need(leaf.issuer == reader.anchor.subject, "UntrustedIssuer")
        need(all(within(reader.now, c) for c in (leaf, reader.anchor)), "UntrustedIssuer")
    except (ValueError, TypeError, AttributeError, InvalidSignature, UnsupportedAlgorithm,
            x509.InvalidVersion):
        raise Rejected("UntrustedIssuer") from None
    return first[0].value, leaf


def within(moment, certificate):
    return (certificate.not_valid_before_utc.timestamp() <= moment
            <= certificate.not_valid_after_utc.timestamp())


def cose_parts(item):
    """The four fields of an untagged COSE_Sign1, whatever the kind of each."""
    need(item.kind == "array" and len(item.value) == 4, "Undecodable")
    return item.value


def verify_issuer(document, reader):
    issuer_signed = field(document, "issuerSigned", "map")
    parts = cose_parts(field(issuer_signed, "issuerAuth", "array"))
    need([p.kind for p in parts] == ["bytes", "map", "bytes", "bytes"], "Undecodable")
    protected, unprotected, payload, signature = (p.value for p in parts)
    der, leaf = trusted_leaf(protected, unprotected, reader)
    need(is_es256(protected), "IssuerSignature")
    need(verifies(leaf.public_key(), signature, protected, b"", payload), "IssuerSignature")
    mso = embedded(decode(payload))
    items = verify_digests(issuer_signed, mso)
    doc_type = field(mso, "docType", "text").value
    need(doc_type == field(document, "docType", "text").value, "DocTypeMismatch")
    validity = field(mso, "validityInfo", "map")
    signed, valid_from, valid_until = (
        tdate(validity, key) for key in ("signed", "validFrom", "validUntil"))
    need(within(signed, leaf), "SignedOutsideCertificate")
    need(valid_from <= reader.now, "NotYetValid")
    need(reader.now <= valid_until, "Expired")
    need("status" not in mso.value, "StatusUnknown")    # this reader knows of no list
    key_data = field(mso, "deviceKeyInfo", "map")
    key_info = field(key_data, "keyInfo", "map", optional=True)
    # The parent covers what the issuer signed and the signer's certificate, but not
    # the signature, which anyone can turn into another valid one.
    parent = sha256(cbor2.dumps(
        ["VITACARD-PARENT-v1", protected, payload, sha256(der)], canonical=True))
    device_key = field(key_data, "deviceKey", "map")
    return Card(doc_type, parent, items, device_key_of(device_key), may_sign(device_key),
                authorizations(key_data), key_info.value if key_info else {},
                signed, valid_from, valid_until)


def verify_digests(issuer_signed, mso):
    """Digests are over the bytes as received, tag 24 included."""
    need(field(mso, "version", "text").value.startswith("1."), "Undecodable")
    digest = DIGESTS.get(field(mso, "digestAlgorithm", "text").value)
    need(digest, "Undecodable")
    expected = field(mso, "valueDigests", "map")
    name_spaces = field(issuer_signed, "nameSpaces", "map", optional=True)
    found, seen = [], set()
    for name_space, entries in (name_spaces.value if name_spaces else {}).items():
        need(name_space in expected.value, "NameSpaceNotInMso")
        digests = field(expected, name_space, "map").value
        need(entries.kind == "array", "Undecodable")
        for entry in entries.value:
            item = embedded(entry)
            number = field(item, "digestID", "int").value
            name = field(item, "elementIdentifier", "text").value
            need(number in digests, "DigestMissing")
            need(digests[number].value == digest(entry.raw).digest(), "DigestMismatch")
            need((name_space, name) not in seen, "DuplicateElement")
            seen.add((name_space, name))
            found.append((name_space, number, name))
    return found


def authorizations(key_data):
    """keyAuthorizations as name space => element ids; None stands for all of them."""
    listed = field(key_data, "keyAuthorizations", "map", optional=True)
    if listed is None:
        return {}
    elements = field(listed, "dataElements", "map", optional=True)
    spaces = field(listed, "nameSpaces", "array", optional=True)
    allowed = {space: {name.value for name in names.value}
               for space, names in (elements.value if elements else {}).items()}
    allowed.update({space.value: None for space in (spaces.value if spaces else [])})
    return allowed


# ---- One document: which path --------------------------------------------------

def verify_document(document, reader):
    card = verify_issuer(document, reader)
    device_signed = field(document, "deviceSigned", "map")
    name_spaces_bytes = field(device_signed, "nameSpaces", "tag")
    name_spaces = embedded(name_spaces_bytes)
    need(name_spaces.kind == "map", "Undecodable")
    need(all(e.kind == "map" and e.value for e in name_spaces.value.values()), "Undecodable")
    returned = {(space, name) for space, _, name in card.items}
    need(not any((space, name) in returned for space, elements in name_spaces.value.items()
                 for name in elements.value), "DuplicateElement")
    auth = field(device_signed, "deviceAuth", "map").value
    # The device key of such a card signs delegations: it must never make a MAC.
    need(not (card.delegable and "deviceMac" in auth), "MacOfDelegableCard")
    if DLG_NS in name_spaces.value:     # no fallback between the two paths
        return verify_delegated(card, auth, name_spaces.value, name_spaces_bytes.raw, reader)
    verify_direct(card, auth, name_spaces.value, name_spaces_bytes.raw, reader)
    return Verified(card)


def verify_direct(card, auth, name_spaces, name_spaces_bytes, reader):
    need("deviceMac" not in auth, "MacNotAccepted")
    need("deviceSignature" in auth, "Undecodable")
    parts = cose_parts(auth["deviceSignature"])
    need([p.kind for p in parts] == ["bytes", "map", "null", "bytes"], "DeviceSignature")
    protected, signature = parts[0].value, parts[3].value
    signed = bytes24(array(cbor2.dumps("DeviceAuthentication"), reader.transcript,
                           cbor2.dumps(card.doc_type), name_spaces_bytes))
    need(is_es256(protected), "DeviceSignature")
    need(verifies(card.device_key, signature, protected, b"", signed), "DeviceSignature")
    for space, elements in name_spaces.items():
        need(space in card.authorized, "ElementNotAuthorized")
        allowed = card.authorized[space]
        need(allowed is None or set(elements.value) <= allowed, "ElementNotAuthorized")


# ---- The delegated path, steps 4 to 13 -------------------------------------------

def verify_delegated(card, auth, name_spaces, name_spaces_bytes, reader):
    need(reader.accepts_delegates, "DelegationNotAccepted")
    element = name_spaces[DLG_NS].value.get("delegation")
    need(reader.response_size <= MAX_RESPONSE, "DelegationTooLarge")
    need(element is None or element.kind != "bytes" or len(element.value) <= MAX_DELEGATION,
         "DelegationTooLarge")
    # This reader never asks for a claim, so the delegation has to be alone.
    alone = set(name_spaces) == {DLG_NS} and set(name_spaces[DLG_NS].value) == {"delegation"}
    need(alone, "DelegatedDeviceElements")
    need(card.delegable, "DelegationNotPermitted")
    policy = read_policy(card.key_info)
    payload, claims_item, signature = read_delegation(element)
    need(card.signs, "DeviceKeyUse")
    aad = cbor2.dumps(["VITACARD-DELEGATION-v1", card.parent, card.doc_type], canonical=True)
    need(verifies(card.device_key, signature, DELEGATION_PROTECTED, aad, payload),
         "DelegationSignature")
    claims = read_claims(claims_item)   # only now: nothing above looked into them
    check_times(claims, policy, card, reader.now)
    delegate_key = read_delegate_key(claims[CNF], card.device_key)
    check_elements(claims[SCOPE], policy.get(5), card.items, reader.requested)
    for allowed in (claims[PURPOSES], policy.get(4)):
        need(allowed is None or reader.purpose[1] in allowed.get(reader.purpose[0], ()),
             "PurposeNotCovered")
    # Of what was signed, not of the signature: see verifies().
    delegation_id = sha256(b"VITACARD-DLG-ID",
                           sig_structure(DELEGATION_PROTECTED, aad, payload))[:16]
    check_revocation(delegation_id, policy, reader.revoked)
    verify_delegate(auth, delegate_key, card, name_spaces_bytes, reader)
    return Verified(card, delegation_id, claims.get(OWN_CARD),
                    OWN_CARD in claims or policy.get(7, False))


def read_set_map(item, element_ok, name):
    """{ + non-empty text => [ + element ] }: a scope, a purpose set or a ceiling."""
    need(item.kind == "map" and item.value, name)
    for key, elements in item.value.items():
        need(isinstance(key, str) and key, name)
        need(elements.kind == "array" and elements.value, name)
        need(all(element_ok(e) for e in elements.value), name)
        values = [e.value for e in elements.value]
        # Code points and UTF-8 bytes sort alike, so Python's order serves for text.
        need(all(one < two for one, two in zip(values, values[1:])), name)
    return {key: [e.value for e in elements.value] for key, elements in item.value.items()}


def read_capped(item, element_ok, name):
    """Such a map as readers compare everything shown with, so they take no huge one."""
    sets = read_set_map(item, element_ok, name)
    need(len(sets) <= MAX_NAMES and sum(map(len, sets.values())) <= MAX_ENTRIES, name)
    return sets


def is_int(item, lowest, highest):
    return item.kind == "int" and lowest <= item.value <= highest


def read_policy(key_info):
    name = "DelegationPolicyInvalid"
    need(POLICY in key_info, "DelegationPolicyMissing")
    need(key_info[POLICY].kind == "bytes", name)
    try:
        item = parse(key_info[POLICY].value)
    except Malformed:
        raise Rejected(name) from None
    need(item.kind == "map" and item.deterministic, name)
    fields = item.value
    need({1, 2, 3} <= set(fields) <= set(range(1, 9)), name)
    need(is_int(fields[1], 1, 1) and is_int(fields[3], 1, 1), name)
    need(is_int(fields[2], 1, MAX_LIFETIME), name)
    need(6 not in fields or fields[6].kind == "text", name)
    need(all(fields[key].kind == "bool" for key in (7, 8) if key in fields), name)
    policy = {key: value.value for key, value in fields.items()}
    if 4 in fields:
        policy[4] = read_capped(fields[4], lambda e: e.kind == "int", name)
    if 5 in fields:
        policy[5] = read_capped(fields[5], lambda e: e.kind == "text" and e.value, name)
    return policy


def read_delegation(element):
    """Payload, what it holds, and signature; the holder's claims are not looked at."""
    name = "DelegationMalformed"
    need(element.kind == "bytes", name)
    try:
        item = parse(element.value)
        need(item.kind == "array" and len(item.value) == 4 and item.deterministic, name)
        protected, unprotected, payload, signature = item.value
        need(protected.kind == "bytes" and protected.value == DELEGATION_PROTECTED, name)
        need(unprotected.kind == "map" and not unprotected.value, name)
        need(payload.kind == "bytes", name)
        need(signature.kind == "bytes" and len(signature.value) == 64, name)
        claims = parse(payload.value)
        need(claims.valid, name)    # step 0; that it is deterministic is for step 8
        return payload.value, claims, signature.value
    except Malformed:
        raise Rejected(name) from None


def read_claims(item):
    name = "DelegationClaims"
    need(item.kind == "map" and item.deterministic, name)
    fields = item.value
    mandatory = {EXP, NBF, IAT, CTI, CNF, SCOPE, PURPOSES}
    need(mandatory <= set(fields) <= mandatory | {NAME, USES, OWN_CARD}, name)
    need(all(is_int(fields[key], 0, 2 ** 64 - 1) for key in (EXP, NBF, IAT)), name)
    need(fields[CTI].kind == "bytes" and len(fields[CTI].value) == 16, name)
    if NAME in fields:
        need(fields[NAME].kind == "text" and 1 <= len(fields[NAME].value.encode()) <= 64, name)
    need(USES not in fields or is_int(fields[USES], 1, 255), name)
    if OWN_CARD in fields:
        need(fields[OWN_CARD].kind == "bytes" and len(fields[OWN_CARD].value) == 32, name)
    claims = {key: value.value for key, value in fields.items()}
    claims[CNF] = read_cnf(fields[CNF], name)
    claims[SCOPE] = read_set_map(fields[SCOPE], lambda e: is_int(e, 0, 2 ** 31 - 1), name)
    claims[PURPOSES] = read_capped(fields[PURPOSES], lambda e: e.kind == "int", name)
    need(sum(map(len, claims[SCOPE].values())) <= MAX_SCOPE, "DelegationTooLarge")
    return claims


def read_cnf(item, name):
    need(item.kind == "map" and set(item.value) == {1}, name)
    key = item.value[1]
    need(key.kind == "map" and set(key.value) == {1, -1, -2, -3}, name)
    need(is_int(key.value[1], 2, 2) and is_int(key.value[-1], 1, 1), name)
    x, y = key.value[-2], key.value[-3]
    need(x.kind == y.kind == "bytes" and len(x.value) == len(y.value) == 32, name)
    return x.value, y.value


def check_times(claims, policy, card, now):
    exp, nbf, iat = claims[EXP], claims[NBF], claims[IAT]
    need(0 < exp - nbf <= min(MAX_LIFETIME, policy[2]), "DelegationLifetime")
    need(card.valid_from <= nbf and card.signed <= iat and exp <= card.valid_until,
         "DelegationOutsideCard")
    need(iat <= now + SKEW, "DelegationIssuedInFuture")
    need(nbf <= now + SKEW, "DelegationNotYetValid")
    need(now < exp, "DelegationExpired")


def read_delegate_key(cnf, device_key):
    key = point(*cnf)
    need(key is not None, "DelegateKey")
    need(key.public_numbers() != device_key.public_numbers(), "DelegateKey")
    return key


def check_elements(scope, ceiling, items, requested):
    for name_space, number, name in items:
        need(number in scope.get(name_space, ()), "ElementOutsideScope")
        need(ceiling is None or name in ceiling.get(name_space, ()), "ElementOutsideCeiling")
        need((name_space, name) in requested, "ElementNotRequested")


def check_revocation(delegation_id, policy, revoked):
    need(revoked is not None or 6 not in policy, "DelegationStatusUnknown")
    need(delegation_id not in (revoked or ()), "DelegationRevoked")


def verify_delegate(auth, key, card, name_spaces_bytes, reader):
    """Another structure than DeviceAuthentication: no ordinary reader ever accepts it."""
    parts = auth.get("deviceSignature")
    need(parts is not None and "deviceMac" not in auth, "DelegateAuthForm")
    need(parts.kind == "array" and len(parts.value) == 4, "DelegateAuthForm")
    protected, unprotected, payload, signature = parts.value
    need(protected.kind == "bytes" and protected.value == ES256_PROTECTED, "DelegateAuthForm")
    need(unprotected.kind == "map" and not unprotected.value, "DelegateAuthForm")
    need(payload.kind == "null" and signature.kind == "bytes", "DelegateAuthForm")
    signed = bytes24(array(cbor2.dumps("DelegateAuthentication"), reader.transcript,
                           cbor2.dumps(card.doc_type), name_spaces_bytes,
                           cbor2.dumps(card.parent)))
    need(verifies(key, signature.value, ES256_PROTECTED, b"", signed), "DelegateSignature")


# ---- The response --------------------------------------------------------------

def check_own_card(delegated, verified):
    """The delegate shows that he holds a card himself: the one that the holder named."""
    need(delegated.own_card != delegated.card.parent, "OwnCardMissing")
    matching = [other for other in verified if other is not delegated
                and other.delegation_id is None
                and other.card.doc_type == delegated.card.doc_type
                and other.card.parent == delegated.own_card]
    need(len(matching) == 1, "OwnCardMissing")


def verify_response(data, reader):
    response = decode(data)
    need(field(response, "version", "text").value.startswith("1."), "Undecodable")
    documents = field(response, "documents", "array").value
    need(documents and field(response, "status", "int").value == 0, "Undecodable")
    verified = [verify_document(document, reader) for document in documents]
    for one in verified:
        if one.delegation_id is not None and one.own_card_needed:
            check_own_card(one, verified)
    ids = [one.delegation_id for one in verified if one.delegation_id is not None]
    return {"presenter": "delegate", "id": ids[0].hex()} if ids else {"presenter": "direct"}


# ---- Vectors -------------------------------------------------------------------

REQUIRED = {"response", "transcript", "anchor", "now", "purpose", "requested", "revoked", "expect"}
OPTIONAL = {"rule", "case", "accepts_delegates"}
EXPECTED = ({"rejected"}, {"presenter"}, {"presenter", "id"})


def check_fields(vector):
    unknown, missing = set(vector) - REQUIRED - OPTIONAL, REQUIRED - set(vector)
    if unknown or missing:
        raise ValueError(f"unknown fields {sorted(unknown)}, missing fields {sorted(missing)}")
    if set(vector["expect"]) not in EXPECTED:
        raise ValueError(f"unknown form of expect: {sorted(vector['expect'])}")


def reader_of(vector, response_size):
    revoked = vector["revoked"]
    return Reader(
        anchor=x509.load_pem_x509_certificate(vector["anchor"].encode()),
        now=vector["now"],
        purpose=tuple(vector["purpose"]),
        requested={tuple(pair) for pair in vector["requested"]},
        revoked=None if revoked is None else {bytes.fromhex(one) for one in revoked},
        accepts_delegates=vector.get("accepts_delegates", True),
        transcript=bytes.fromhex(vector["transcript"]),
        response_size=response_size)


def verdict_on(vector):
    check_fields(vector)
    response = bytes.fromhex(vector["response"])
    reader = reader_of(vector, len(response))
    if parse(reader.transcript).kind != "array":
        raise ValueError("the transcript is no array")
    try:
        return verify_response(response, reader)
    except Rejected as rejection:
        return {"rejected": str(rejection)}


def disagreement(path):
    """None, or what is wrong with this vector; a crash is a disagreement like any other."""
    try:
        vector = json.loads(path.read_text("utf-8"))
        found = verdict_on(vector)
    except Exception as error:  # pylint: disable=broad-except
        return f"cannot be checked: {type(error).__name__}: {error}"
    if found == vector["expect"]:
        return None
    return f"expected {json.dumps(vector['expect'])}, found {json.dumps(found)}"


def main(arguments):
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    paths = sorted(folder.glob("*.json"))
    wrong = 0
    for path in paths:
        problem = disagreement(path)
        if problem:
            wrong += 1
            print(f"{path.name}: {problem}")
    print(f"{len(paths) - wrong} vectors agree" + (f", {wrong} disagree" if wrong else ""))
    return 1 if wrong or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
