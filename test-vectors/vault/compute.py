"""Computes known_answers.json from docs/vault.md, with hashlib, hmac and `cryptography` alone."""

import hashlib
import hmac
import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(ikm, salt, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(ikm)


def uint(value):
    if value < 24:
        return bytes([value])
    if value < 256:
        return bytes([24, value])
    if value < 65536:
        return b"\x19" + struct.pack(">H", value)
    return b"\x1a" + struct.pack(">I", value)


def header(vault_id, salt, costs, max_tries, epoch):
    kdf = b"\xf6" if costs is None else b"\x83" + b"".join(map(uint, costs))
    return (b"\xa6\x01\x01\x02\x50" + vault_id + b"\x03\x50" + salt + b"\x04" + kdf
            + b"\x05" + uint(max_tries) + b"\x06" + uint(epoch))


def stretch(passcode, salt, costs):
    if costs is None:
        return sha256(b"VITACARD-PIN-v1", bytes([len(passcode)]), passcode)
    m, t, p = costs
    return Argon2id(salt=salt, length=32, iterations=t, lanes=p, memory_cost=m).derive(passcode)


def vault(name, passcode, costs, max_tries, epoch, first):
    fixed = lambda start, length: bytes((start + i) % 256 for i in range(length))
    device_key, vault_id, salt = fixed(first, 32), fixed(first + 50, 16), fixed(first + 80, 16)
    key, nonce, item_nonce = fixed(first + 110, 32), fixed(first + 150, 12), fixed(first + 170, 12)
    head = header(vault_id, salt, costs, max_tries, epoch)
    p = stretch(passcode, salt, costs)
    h = hmac.digest(device_key, b"VITACARD-VAULT-v1" + sha256(head) + p, "sha256")
    okm = hkdf(h + p, salt, b"VITACARD-KEK-v1" + sha256(head), 64)
    commitment = sha256(b"VITACARD-COMMIT-v1", okm[32:])
    wrapped = AESGCM(okm[:32]).encrypt(nonce, key, head + commitment)
    file = struct.pack(">I", len(head)) + head + commitment + nonce + wrapped
    item_name, version, content = b"insurer", 7, b"what the card says"
    item_id = b"\x01" + item_name
    bound = vault_id + bytes([len(item_id)]) + item_id
    item_key = hkdf(key, None, b"VITACARD-ITEM-KEY-v1" + bound, 32)
    aad = b"VITACARD-ITEM-v1" + bound + struct.pack(">Q", version)
    item = item_nonce + AESGCM(item_key).encrypt(item_nonce, content, aad)
    text = lambda **fields: {k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items()}
    return text(name=name, passcode=passcode.decode(), device_key=device_key, vault_id=vault_id,
                salt=salt, costs=costs, max_tries=max_tries, epoch=epoch, key=key, nonce=nonce,
                p=p, h=h, okm=okm, file=file, item_name=item_name.decode(), version=version,
                content=content, item_nonce=item_nonce, item=item)


answers = [
    vault("sha256", b"8305", None, 5, 1, 3),
    vault("twelve_digits", b"830516729404", None, 10, 1, 40),
    vault("argon2id", b"830517", [64, 2, 1], 3, 1, 77),
    vault("argon2id_of_4_lanes", b"8305", [32, 1, 4], 5, 1, 130),
]
target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "known_answers.json")
target.write_text(json.dumps(answers, indent=1) + "\n")
