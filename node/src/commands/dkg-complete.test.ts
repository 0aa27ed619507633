// Goal: a member that confirmed its share and never saw the certificate finishes with another member's file, and with
// nothing else. Method: a ceremony of machines in memory, its files on disk, and the real command in a process.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSigner } from '@cairn/crypto';
import { randomBytes } from '@cairn/crypto/random';
import type { MemberIndex } from '@cairn/primitives';
import { genesisDraftToJson } from '@cairn/protocol';
import { IdentityKeyStore } from '@cairn/storage';
import { DkgMachine, type DkgStep, dealingRandomBytes, encodeDkgMessage } from '@cairn/threshold';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CeremonyFiles } from '../ceremony/ceremony-files.ts';
import { ceremonyContext, genesisOf } from '../ceremony/perform-ceremony.ts';
import { MemberFiles } from '../config/member-files.ts';
import type { Settings } from '../config/settings.ts';
import { testCommittee } from '../testing/test-network.ts';

const PASSPHRASE = 'for tests only';
/** The weakest that key files allow. */
const COST_N = 2 ** 12;
const LATE = 3;
const program = fileURLToPath(new URL('../program.ts', import.meta.url));
const { draft, identitySeeds } = testCommittee({ ports: [1, 2, 3, 4] });
const context = ceremonyContext(draft, { run: 0, isRehearsal: false });

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cairn-complete-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const dirOf = (index: MemberIndex) => join(root, `node-${index}`);

function filesOf(index: MemberIndex) {
  const dataDir = dirOf(index);
  const member = new MemberFiles({ data: dataDir, genesis: null, draft: null, passphraseFile: null } as Settings);
  const kept = new CeremonyFiles(member, {
    ceremonyId: context.ceremonyId,
    index,
    passphrase: PASSPHRASE,
    costN: COST_N,
  });
  return { dataDir, member, kept };
}

function writeMember(index: MemberIndex): void {
  const dataDir = dirOf(index);
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'passphrase'), PASSPHRASE);
  writeFileSync(join(dataDir, 'draft.json'), genesisDraftToJson(draft));
  new IdentityKeyStore({ dataDir, passphrase: PASSPHRASE, costN: COST_N }).save(identitySeeds[index] as Uint8Array);
}

/** Everybody confirms; member 0 finishes, and the last one is gone before a certificate reaches it. */
function ceremony(): void {
  for (const index of [0, LATE]) writeMember(index);
  const machines = draft.members.map((_, index) => {
    const signer = createSigner(identitySeeds[index] as Uint8Array);
    const random = randomBytes(dealingRandomBytes(context.threshold));
    return new DkgMachine({ ...context, index }, { random, sign: (bytes) => signer.sign(bytes) });
  });
  const wire = machines.flatMap((machine, from) => carriedOut(from, machine.start()));
  for (let frame = wire.shift(); frame !== undefined; frame = wire.shift()) {
    const { from, to, message } = frame;
    wire.push(...carriedOut(to, (machines[to] as DkgMachine).receive(from, message)));
  }
  const { outcome } = machines[0] as DkgMachine;
  if (outcome?.kind !== 'live') throw new Error('no key was made');
  filesOf(0).kept.finish(genesisOf(draft, outcome.result), outcome.result);
}

function carriedOut(from: MemberIndex, step: DkgStep) {
  if (from === LATE && step.persist !== undefined) {
    const { kept } = filesOf(LATE);
    const confirmation = step.send.find(({ message }) => message.kind === 'dkg-confirm')?.message;
    if (confirmation === undefined) throw new Error('what is kept is confirmed in the same step');
    kept.begin();
    kept.saveConfirmed({ pending: step.persist, confirmation: encodeDkgMessage(confirmation) });
  }
  return step.send.map(({ to, message }) => ({ from, to, message }));
}

function complete(certificate: string, ...more: readonly string[]) {
  const args = ['dkg', 'complete', '--data', dirOf(LATE), '--certificate', certificate, '--json', ...more];
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 90_000 });
  return { status, answer: JSON.parse(stdout.trim().split('\n').at(-1) as string) };
}

describe('cairn dkg complete', () => {
  it("finishes with another member's certificate, and only once", () => {
    ceremony();
    const { member, kept } = filesOf(LATE);
    const certificate = filesOf(0).kept.certificatePath;
    expect([kept.hasConfirmed(), member.hasGenesis(), member.hasShare()]).toEqual([true, false, false]);
    const { status, answer } = complete(certificate);
    expect(answer).toMatchObject({ event: 'live' });
    expect(status).toBe(0);
    expect(member.readGenesis()).toEqual(filesOf(0).member.readGenesis());
    expect(member.openShare(member.readGenesis(), LATE, PASSPHRASE).index).toBe(LATE);
    expect(readFileSync(kept.certificatePath, 'utf8')).toBe(readFileSync(certificate, 'utf8'));
    expect(kept.hasConfirmed(), 'the share waits no more').toBe(false);
    expect(complete(certificate)).toMatchObject({ status: 5, answer: { error: { code: 'CEREMONY_RUN_INVALID' } } });
  }, 180_000);

  it('refuses what not all members have signed, and another run, and keeps what it has', () => {
    ceremony();
    const { member, kept } = filesOf(LATE);
    const certificate = join(root, 'certificate.json');
    copyFileSync(filesOf(0).kept.certificatePath, certificate);
    const other = complete(certificate, '--run', '1');
    expect(other).toMatchObject({ status: 5, answer: { error: { code: 'CEREMONY_RUN_INVALID' } } });
    const document = JSON.parse(readFileSync(certificate, 'utf8'));
    const [first, , ...rest] = document.signatures;
    writeFileSync(certificate, JSON.stringify({ ...document, signatures: [first, first, ...rest] }));
    expect(complete(certificate).answer).toMatchObject({ error: { code: 'THRESHOLD_CERTIFICATE_INVALID' } });
    expect([kept.hasConfirmed(), existsSync(member.genesisPath)]).toEqual([true, false]);
  }, 180_000);
});
