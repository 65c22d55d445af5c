// @auth0/mdl on the fixtures of a folder: the holder must be accepted, the delegate refused, and
// refused for its device signature. ../README.md has the fixtures and the reasons.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The peer asks `Date` for the time, and the cards are good at the time of the fixture. It must be
// replaced before the peer is loaded, which registers `Date` with its CBOR library.
const SystemDate = Date;
let now;
globalThis.Date = class Date extends SystemDate {
    constructor(...parts) {
        super(...(parts.length ? parts : [now]));
    }

    static now() {
        return now;
    }
};

const { Verifier } = await import('@auth0/mdl');
const { version } = createRequire(import.meta.url)('@auth0/mdl/package.json');

// The check whose failure is the reason that we expect.
const DEVICE_SIGNATURE = 'DEVICE_SIGNATURE_VALIDITY';
// What must have passed: issuer authentication, and the elements.
const ISSUER = [
    'ISSUER_CERTIFICATE_VALIDITY',
    'ISSUER_SIGNATURE_VALIDITY',
    'ATTRIBUTE_DIGEST_MATCH',
];

const [folder] = process.argv.slice(2);
if (!folder) stop('usage: node verify.mjs FOLDER');
let all = true;
for (const name of fixtures(folder)) {
    const verdict = await verify(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    const good = name.startsWith('holder') ? verdict.accepted : verdict.deviceSignatureRefused;
    const mark = good ? 'as it should' : 'WRONG';
    console.log(`@auth0/mdl ${version}, ${name}: ${verdict.said} [${mark}]`);
    all &&= good;
}
process.exit(all ? 0 : 1);

// `holder….json` and `delegate….json`; there must be one of either at least.
function fixtures(folder) {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
    const holder = names.filter((name) => name.startsWith('holder'));
    const delegate = names.filter((name) => name.startsWith('delegate'));
    if (!holder.length || !delegate.length) {
        stop('the folder needs holder.json and delegate.json');
    }
    return [...holder, ...delegate];
}

// The verdict is the peer's own: `verify` without a callback throws at the first check that fails.
// With one it goes on, and tells about every check, the issuer's among them. The reader's key is
// not given: the peer wants it for MACs only.
async function verify({ response, transcript, anchor, now: seconds }) {
    // No date is before or after NaN: every card would be in time.
    if (!Number.isSafeInteger(seconds)) stop('`now` must be a number of seconds');
    now = seconds * 1000;
    const verifier = new Verifier([anchor]);
    const bytes = Buffer.from(response, 'hex');
    const encodedSessionTranscript = dataItem(Buffer.from(transcript, 'hex'));
    try {
        await verifier.verify(bytes, { encodedSessionTranscript });
        return { accepted: true, said: 'accepted' };
    } catch (error) {
        const message = `${error.name} ${error.code}: ${error.message}`;
        const checks = [];
        const onCheck = (check) => checks.push(check);
        try {
            await verifier.verify(bytes, { encodedSessionTranscript, onCheck });
        } catch {
            // What cannot be read is not checked; `message` says why.
            return { said: `refused: ${message}` };
        }
        return reasons(message, error.code, checks);
    }
}

// Refused for the device signature: that check failed, no other did, and the issuer's were made.
function reasons(message, code, checks) {
    const failed = checks.filter(({ status }) => status !== 'PASSED').map(({ id }) => id);
    const passed = checks.filter(({ status }) => status === 'PASSED').map(({ id }) => id);
    const issuer = ISSUER.every((id) => passed.includes(id));
    if (code === DEVICE_SIGNATURE && failed.join() === DEVICE_SIGNATURE && issuer) {
        const count = passed.length;
        return {
            deviceSignatureRefused: true,
            said: `${count} checks PASSED, the issuer's among them, device refused: ${message}`,
        };
    }
    return { said: `refused: ${message}; all that failed: ${failed.join(', ')}` };
}

// #6.24(bstr): the form in which the peer takes a transcript.
function dataItem(bytes) {
    const head = Buffer.from([0xd8, 0x18, 0x5a, 0, 0, 0, 0]);
    head.writeUInt32BE(bytes.length, 3);
    return Buffer.concat([head, bytes]);
}

function stop(message) {
    console.error(`verify.mjs: ${message}`);
    process.exit(2);
}
