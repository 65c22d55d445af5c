// @owf/token-status-list on lists of ours in a folder, and lists of its own for us: `lists.mjs FOLDER`.
// ../check.py runs it; ../../README.md has the reasons.

import { generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { cborDecode, Sign1 } from '@owf/cose';
import { StatusList, StatusListCwt } from '@owf/token-status-list';

const { dependencies } = createRequire(import.meta.url)('./package.json');
const peer = `@owf/token-status-list ${dependencies['@owf/token-status-list']}`;

const URI = 'https://status.example/1';
const ENTRIES = 512;
const ES256 = -7;
const [ALG, KID, TYP] = [1, 4, 16];
const [SUB, EXP, IAT, STATUS_LIST, TTL] = [2, 4, 6, 65533, 65534];
const NO_AGGREGATION = "Expected key 'aggregation_uri' to be defined";
const PAST_THE_END = { refused: 2506 };

const [folder] = process.argv.slice(2);
if (!folder) {
    console.error('usage: node lists.mjs FOLDER');
    process.exit(2);
}
let all = true;
const names = readdirSync(folder).filter((name) => /^ours_\d+\.json$/.test(name)).sort();
for (const name of names) {
    const fault = await read(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    console.log(`${peer}, ${name.replace('.json', '')}: ${fault ? `WRONG: ${fault}` : 'as it should'}`);
    all &&= !fault;
}
for (const bits of [1, 2, 4, 8]) await write(bits);
process.exit(all && names.length ? 0 : 1);

// What is wrong, or nothing. The library leaves the algorithms to its caller.
async function read({ token, certificate, uri, bits, statuses }) {
    const bytes = Buffer.from(token, 'hex');
    const key = new X509Certificate(certificate).publicKey;
    const ctx = {
        verify: ({ sign1, key }) => verify('sha256', sign1.toBeSigned, ieee(key), sign1.signature),
    };
    if (!(await Sign1.decode(bytes).verifySignature({ key }, ctx))) return 'the signature';
    const spoilt = Buffer.from(bytes);
    spoilt[spoilt.length - 1] ^= 1;
    if (await Sign1.decode(spoilt).verifySignature({ key }, ctx)) return 'a spoilt signature accepted';

    const { protectedHeaders, payload } = Sign1.decode(bytes);
    if (protectedHeaders.headers.get(TYP) !== 'application/statuslist+cwt') return 'the type';
    const claims = cborDecode(payload);
    if (claims.get(SUB) !== uri) return `the subject ${claims.get(SUB)}`;
    if (!(claims.get(IAT) < claims.get(EXP))) return 'the dates';
    if (claims.get(TTL) !== 43_200) return `a ttl of ${claims.get(TTL)}`;
    const said = claims.get(STATUS_LIST);
    if (said.get('bits') !== bits) return `${said.get('bits')} bits`;
    const list = StatusList.decompressStatusListFromBytes(said.get('lst'), bits);
    if (list.statusList.length !== statuses.length) return `${list.statusList.length} places`;
    const wrong = statuses.findIndex((status, index) => list.getStatus(index) !== status);
    return wrong < 0 ? whole(bytes, list) : `place ${wrong}: ${list.getStatus(wrong)}`;
}

// The same by the library's one call for it. This version refuses what has no `aggregation_uri`, which
// is optional (Token Status List, section 4.3); one that takes it must find the same list.
function whole(bytes, list) {
    try {
        const { statusList } = StatusListCwt.fromToken(bytes).payload;
        return String(statusList.statusList) === String(list.statusList) ? undefined : 'two lists';
    } catch (error) {
        return error.message.includes(NO_AGGREGATION) ? undefined : error.message;
    }
}

async function write(bits) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    // Of one bit, few are blocked: such a list is kept in another form.
    const mixed = Array.from({ length: ENTRIES }, (_, n) => ((n * n * 40503) >> 5) & 255);
    const statuses = mixed.map((n) => (bits === 1 ? Number(n < 16) : n & ((1 << bits) - 1)));
    const now = new Date();
    const cwt = new StatusListCwt({
        payload: {
            statusList: new StatusList(statuses, bits),
            subject: URI,
            issuedAt: now,
            expirationTime: new Date(now.getTime() + 86_400_000),
            timeToLive: 43_200,
        },
        protectedHeaders: new Map([[ALG, ES256]]),
        unprotectedHeaders: new Map([[KID, Buffer.from('12')]]),
    });
    const ctx = { sign: ({ toBeSigned, key }) => sign('sha256', toBeSigned, ieee(key)) };
    const token = await cwt.signAndEncode({ signingKey: privateKey, algorithm: ES256 }, ctx);
    const { x, y } = publicKey.export({ format: 'jwk' });
    const key = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    const theirs = {
        uri: URI,
        token: Buffer.from(token).toString('hex'),
        key: key.toString('hex'),
        asked: Array.from({ length: ENTRIES + 1 }, (_, n) => n),
        expected: [...statuses, PAST_THE_END],
    };
    writeFileSync(join(folder, `theirs_owf_${bits}.json`), JSON.stringify(theirs));
}

// r and s, as COSE has them.
function ieee(key) {
    return { key, dsaEncoding: 'ieee-p1363' };
}
