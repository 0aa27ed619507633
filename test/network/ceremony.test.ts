// Goal: processes that know only a draft make one key together, or say who lied or stayed away. Method: `cairn dkg run` in
// processes; the liar is a ceremony machine in this process whose messages are changed on their way out.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSigner } from '@cairn/crypto';
import { groupArithmetic } from '@cairn/crypto/group';
import { randomBytes } from '@cairn/crypto/random';
import { createNetwork, type Network } from '@cairn/network';
import { genesisFromJson, networkIdOf } from '@cairn/protocol';
import {
  DkgMachine,
  type DkgStep,
  dealingRandomBytes,
  decodeDkgMessage,
  encodeDkgMessage,
  isUpheld,
} from '@cairn/threshold';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ceremonyContext } from '../../node/src/ceremony/perform-ceremony.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';
import { NodeProcess } from '../fixtures/node-process.ts';

// Whole processes on a busy machine: what takes a second alone may take many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let network: LocalNetwork;
const started: NodeProcess[] = [];
const adapters: Network[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.stop('SIGKILL')));
  await Promise.all(adapters.splice(0).map((adapter) => adapter.stop()));
  await network.destroy();
});

function dkg(index: number, ...extra: string[]): NodeProcess {
  const child = new NodeProcess(['dkg', 'run', ...network.memberArgs(index), '--json', ...extra]);
  started.push(child);
  return child;
}

const genesisOf = (index: number) =>
  genesisFromJson(readFileSync(join(network.dataDir(index), 'genesis.json'), 'utf8'));

/** Takes part as member `index`, but says what `lie` makes of its messages. */
async function liar(index: number, lie: (step: DkgStep) => DkgStep): Promise<void> {
  const context = ceremonyContext(network.draft, { run: 0, isRehearsal: false });
  const seed = network.identitySeeds[index] as Uint8Array;
  const signer = createSigner(seed);
  const random = randomBytes(dealingRandomBytes(context.threshold));
  const machine = new DkgMachine({ ...context, index }, { random, sign: (bytes) => signer.sign(bytes) });
  const say = (step: DkgStep) => {
    for (const { to, message } of lie(step).send) adapter.sendDirect(to, 'dkg', encodeDkgMessage(message));
  };
  const members = network.draft.members.map(({ identityKey, addresses }, member) => ({
    index: member,
    publicKey: identityKey,
    addresses,
  }));
  const listen = network.draft.members[index]?.addresses ?? [];
  const adapter = await createNetwork(
    { identitySeed: seed, members, listen, networkTag: context.ceremonyId },
    {
      handlers: {
        validateGossip: () => 'ignore',
        onDirect: ({ from, bytes }) => say(machine.receive(from, decodeDkgMessage(bytes))),
        onRequest: async () => [],
      },
    },
  );
  adapters.push(adapter);
  say(machine.start());
}

describe('cairn dkg run', () => {
  test('four members make one key; each keeps its own share, sealed', async () => {
    network = await LocalNetwork.create(4);
    const children = [0, 1, 2, 3].map((index) => dkg(index));
    const codes = await Promise.all(children.map((child) => child.exited));
    expect(codes, children[0]?.log.join('\n')).toEqual([0, 0, 0, 0]);
    const [genesis, ...others] = [0, 1, 2, 3].map(genesisOf) as [ReturnType<typeof genesisOf>];
    for (const other of others) expect(other).toEqual(genesis);
    expect(genesis.verificationShares).toHaveLength(4);
    for (const index of [0, 1, 2, 3]) {
      const share = readFileSync(join(network.dataDir(index), 'keys', 'share-epoch-0.json'), 'utf8');
      expect(JSON.parse(share).binding).toMatchObject({ index, epoch: 0, networkId: networkIdOf(genesis) });
    }
    const again = dkg(0);
    expect(await again.exited, 'a stray command overwrites nothing').toBe(2);
    expect(genesisOf(0)).toEqual(genesis);
  });

  test('a member that stays away is named, and nothing was dealt', async () => {
    network = await LocalNetwork.create(4);
    const children = [0, 1, 2].map((index) => dkg(index, '--timeout', '10s'));
    for (const child of children) {
      expect(await child.exited).toBe(5);
      const { error } = child.lines.at(-1) as unknown as {
        error: { code: string; culprits: number[]; message: string };
      };
      expect(error.code).toBe('CEREMONY_MEMBER_MISSING');
      expect(error.culprits).toContain(3);
      expect(error.message).toContain('node-3');
    }
    expect(existsSync(join(network.dataDir(0), 'genesis.json'))).toBe(false);
    expect(existsSync(join(network.dataDir(0), 'keys', 'ceremony'))).toBe(false);
  });

  test('a member that sends a wrong share is named by all, with evidence that anyone can judge', async () => {
    network = await LocalNetwork.create(4);
    const signer = createSigner(network.identitySeeds[3] as Uint8Array);
    const context = ceremonyContext(network.draft, { run: 0, isRehearsal: false });
    const { dealerSigningBytes } = await import('@cairn/threshold');
    await liar(3, (step) => ({
      ...step,
      send: step.send.map(({ to, message }) => {
        if (message.kind !== 'dkg-share' || to !== 1) return { to, message };
        const subShare = message.subShare.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
        const { dealingHash } = message;
        const statement = { kind: 'share', dealer: 3, recipient: 1, dealingHash, subShare } as const;
        const signature = signer.sign(dealerSigningBytes(context.ceremonyId, statement));
        return { to, message: { ...message, subShare, signature } };
      }),
    }));
    const children = [0, 1, 2].map((index) => dkg(index, '--timeout', '60s'));
    for (const child of children) {
      expect(await child.exited).toBe(5);
      const { error } = child.lines.at(-1) as unknown as { error: Record<string, unknown> };
      expect(error).toMatchObject({ code: 'CEREMONY_ABORTED_INVALID', reason: 'invalid-share', culprits: [3] });
      const accusation = decodeDkgMessage(Buffer.from(error.evidence as string, 'hex'));
      if (accusation.kind !== 'dkg-accusation') throw new Error('no accusation');
      expect(isUpheld(context, accusation.evidence, groupArithmetic)).toBe(true);
    }
    expect(existsSync(join(network.dataDir(0), 'genesis.json'))).toBe(false);
  });

  test('a member that is killed when all have confirmed has the key when it comes back', async () => {
    network = await LocalNetwork.create(4);
    const children = [0, 1, 2, 3].map((index) => dkg(index));
    const last = children[3] as NodeProcess;
    // Whoever has confirmed has the shares of all, also those of the one that is killed: it could not send them again.
    await Promise.all(children.map((child) => child.line(({ phase }) => phase === 'confirmed', 90_000)));
    await last.stop('SIGKILL');
    const back = dkg(3);
    const code = await back.exited;
    const others = children.slice(0, 3);
    // It may have been live already when it was killed, and then says so: the others need not wait for it any longer.
    expect([0, 2]).toContain(code);
    await Promise.all(
      others.map((child) => child.line(({ phase, event }) => phase === 'lingering' || event === 'live')),
    );
    const codes = await Promise.all(others.map((child) => (code === 2 ? child.stop('SIGTERM') : child.exited)));
    expect(codes).toEqual([0, 0, 0]);
    expect(genesisOf(3)).toEqual(genesisOf(0));
  });
});
