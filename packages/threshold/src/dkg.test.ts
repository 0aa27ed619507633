import { sha256Hash, verifySignature } from '@cairn/crypto';
import { groupArithmetic, scalarFromBytes, scalarToBytes } from '@cairn/crypto/group';
import { type MemberIndex, Rng, type Signature, toHex, utf8 } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidDealing } from './dkg-dealing.ts';
import {
  type DkgEvidence,
  DkgMachine,
  type DkgMessage,
  type DkgResult,
  type DkgStep,
  dealingHashOf,
  dealingRandomBytes,
  decodeDkgMessage,
  encodeDkgMessage,
  frostScheme,
  isUpheld,
  type SignedDealing,
} from './index.ts';
import { Ceremony, type Tamper } from './testing.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

const aborted = (reason: string, culprits: MemberIndex[]) =>
  expect.objectContaining({ kind: 'aborted', reason, culprits });

describe.each([1, 2, 4, 7])('key generation by %i members', (n) => {
  it('ends with one group key, whose shares sign, whatever the order of messages', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const ceremony = new Ceremony(n, seed).run();
        const results = ceremony.results();
        const [{ keySet, transcriptHash }] = results as [DkgResult];
        for (const [index, result] of results.entries()) {
          expect(result.keySet, `member ${index}`).toEqual(keySet);
          expect(result.transcriptHash).toBe(transcriptHash);
          expect(result.certificate).toHaveLength(n);
          expect(result.keyShare.verificationShare).toBe(keySet.verificationShares[index]);
        }
        const rng = new Rng(seed);
        const chosen = rng
          .shuffled(results)
          .slice(0, keySet.threshold)
          .sort((a, b) => a.keyShare.index - b.keyShare.index);
        const signers = chosen.map(({ keyShare }) => ({
          keyShare,
          ...frostScheme.commitNonce(keyShare, rng.bytes(64)),
        }));
        const commitments = signers.map(({ keyShare, commitment }) => ({ index: keyShare.index, ...commitment }));
        const message = utf8('cairn-test');
        const session = frostScheme.createSession({ message, groupKey: keySet.groupKey, commitments });
        const shares = signers.map(({ keyShare, nonces }) => ({
          index: keyShare.index,
          z: session.signShare(keyShare, nonces),
        }));
        const signed = session.aggregate(shares, keySet.verificationShares);
        expect(signed.kind).toBe('signed');
        if (signed.kind === 'signed') expect(verifySignature(keySet.groupKey, message, signed.signature)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });
});

describe.each([4, 7])('a liar among %i members', (n) => {
  const liar = 2;
  const others = (ceremony: Ceremony) => ceremony.outcomes([liar]);
  const everyone = (outcome: unknown) => Array(n - 1).fill(outcome);
  /** Runs the ceremony with what the liar does to its messages. */
  const lying = (lie: (ceremony: Ceremony) => Tamper, seed = 3) => {
    const ceremony = new Ceremony(n, seed);
    ceremony.tampers.set(liar, lie(ceremony));
    return ceremony.run();
  };
  const changeDealing = (change: (dealing: SignedDealing) => Omit<SignedDealing, 'signature'>) =>
    lying((ceremony) => (_, message) => {
      if (message.kind !== 'dkg-dealing') return message;
      return { kind: 'dkg-dealing', ...ceremony.resigned(liar, change(message)) };
    });
  const identity = Uint8Array.of(1, ...new Uint8Array(31));

  const invalidDealings: [string, (dealing: SignedDealing) => Omit<SignedDealing, 'signature'>][] = [
    ['without knowing its constant', (d) => ({ ...d, proof: d.proof.with(40, (d.proof[40] as number) ^ 1) })],
    ['with a proof of no point', (d) => ({ ...d, proof: new Uint8Array(64) })],
    ['with a proof beyond the group order', (d) => ({ ...d, proof: d.proof.with(63, 255) })],
    ['of too few commitments', (d) => ({ ...d, commitments: d.commitments.slice(1) })],
    ['of too many commitments', (d) => ({ ...d, commitments: [...d.commitments, d.commitments[0] as Uint8Array] })],
    ['with the identity', (d) => ({ ...d, commitments: d.commitments.with(1, identity) })],
    ['with a point of small order', (d) => ({ ...d, commitments: d.commitments.with(1, new Uint8Array(32)) })],
    [
      'with bytes that are no point',
      (d) => ({ ...d, commitments: d.commitments.with(1, new Uint8Array(32).fill(255)) }),
    ],
  ];
  it.each(invalidDealings)('that deals %s is named by all', (_, change) => {
    expect(others(changeDealing(change))).toEqual(everyone(aborted('invalid-dealing', [liar])));
  });

  it('that copies the dealing of another is named by all: it cannot prove the constant', () => {
    let copied: SignedDealing | undefined;
    const ceremony = new Ceremony(n, 5);
    ceremony.tampers.set(0, (_, message) => {
      if (message.kind === 'dkg-dealing') copied = message;
      return message;
    });
    ceremony.tampers.set(liar, (_, message) => {
      if (message.kind !== 'dkg-dealing' || !copied) return message;
      const { commitments, proof } = copied;
      return { kind: 'dkg-dealing', ...ceremony.resigned(liar, { commitments, proof }) };
    });
    expect(others(ceremony.run())).toEqual(everyone(aborted('invalid-dealing', [liar])));
  });

  it.each([0, n - 1])(
    'that gives member %i a wrong sub-share is named by all, which judge the revealed share',
    (victim) => {
      for (let seed = 0; seed < 5; seed++) {
        const ceremony = lying(
          (world) => (to, message) => {
            if (message.kind !== 'dkg-share' || to !== victim) return message;
            const subShare = scalarToBytes(scalarFromBytes(message.subShare) ^ 1n);
            return world.resignedShare(liar, to, { ...message, subShare });
          },
          seed,
        );
        expect(others(ceremony), `seed ${seed}`).toEqual(everyone(aborted('invalid-share', [liar])));
      }
    },
  );

  it('that gives a sub-share beyond the group order is named by all', () => {
    const ceremony = lying((world) => (to, message) => {
      if (message.kind !== 'dkg-share' || to !== 0) return message;
      return world.resignedShare(liar, to, { ...message, subShare: new Uint8Array(32).fill(255) });
    });
    expect(others(ceremony)).toEqual(everyone(aborted('invalid-share', [liar])));
  });

  it('that deals differently to different members is named by all', () => {
    for (let seed = 0; seed < 5; seed++) {
      const ceremony = new Ceremony(n, seed);
      // The liar runs two honest machines behind one identity: all that either says is consistent in itself.
      const twin = ceremony.newMachine(liar);
      const twinSteps = [twin.start()];
      const first = ceremony.machines[liar] as DkgMachine;
      const wiring = {
        start: () => first.start(),
        receive: (from: MemberIndex, message: DkgMessage) => {
          const copy = decodeDkgMessage(encodeDkgMessage(message));
          twinSteps.push(twin.receive(from, copy));
          return first.receive(from, message);
        },
      };
      ceremony.machines[liar] = wiring as unknown as DkgMachine;
      const deceived = 0;
      ceremony.tampers.set(liar, (to, message) => {
        if (to !== deceived) return message;
        const said = twinSteps.flatMap(({ send }) => send).filter((sent) => sent.to === to);
        return said.find((sent) => sent.message.kind === message.kind)?.message;
      });
      expect(others(ceremony.run()), `seed ${seed}`).toEqual(everyone(aborted('two-dealings', [liar])));
    }
  });

  it('that accuses an honest dealer is named itself', () => {
    const accusations: ((ceremony: Ceremony, dealing: SignedDealing) => DkgEvidence)[] = [
      (_, dealing) => ({ kind: 'invalid-dealing', dealer: 0, dealing }),
      (_, dealing) => ({ kind: 'invalid-dealing', dealer: 0, dealing: { ...dealing, proof: new Uint8Array(64) } }),
      (world, dealing) => {
        const dealingHash = dealingHashOf(dealing);
        const share = { kind: 'dkg-share', dealingHash, subShare: new Uint8Array(32) } as const;
        const signed = world.resignedShare(liar, liar, { ...share, signature: dealing.signature });
        return { kind: 'invalid-share', dealer: 0, recipient: liar, dealing, share: signed };
      },
      (_, dealing) => {
        const reference = { dealingHash: dealingHashOf(dealing), signature: dealing.signature };
        return { kind: 'two-dealings', dealer: 0, first: reference, second: reference };
      },
      (_, dealing) => {
        const reference = { dealingHash: dealingHashOf(dealing), signature: dealing.signature };
        const second = { ...reference, dealingHash: sha256Hash(utf8('other')) };
        return { kind: 'two-dealings', dealer: 0, first: reference, second };
      },
    ];
    for (const [i, accusation] of accusations.entries()) {
      const ceremony = new Ceremony(n, i);
      const start = (ceremony.machines[0] as DkgMachine).start();
      const { message } = start.send[0] as (typeof start.send)[0];
      if (message.kind !== 'dkg-dealing') throw new Error('deals first');
      const evidence = accusation(ceremony, message);
      expect(isUpheld(ceremony.context, evidence, groupArithmetic), `accusation ${i}`).toBe(false);
      for (const index of [1, 3]) {
        const machine = ceremony.machines[index] as DkgMachine;
        machine.start();
        const sent = decodeDkgMessage(encodeDkgMessage({ kind: 'dkg-accusation', evidence }));
        expect(machine.receive(liar, sent).outcome).toEqual(aborted('false-accusation', [liar]));
      }
    }
  });

  const silences: [string, (message: DkgMessage) => boolean][] = [
    ['from the start', () => false],
    ['after it dealt', (message) => message.kind === 'dkg-dealing'],
    ['after it shared', (message) => message.kind === 'dkg-dealing' || message.kind === 'dkg-share'],
  ];
  it.each(silences)('that is silent %s is named when time is up, by all', (_, speaks) => {
    const ceremony = lying(() => (_to, message) => (speaks(message) ? message : undefined));
    expect(others(ceremony)).toEqual(everyone(undefined));
    for (const [index, machine] of ceremony.machines.entries()) ceremony.carryOut(index, machine.timeout());
    ceremony.deliver();
    expect(others(ceremony)).toEqual(everyone(aborted('absent', [liar])));
  });

  it('that signs with another key says nothing, and counts as absent', () => {
    const ceremony = lying(() => (_, message) => {
      if (!('signature' in message)) return message;
      return { ...message, signature: `${'00'.repeat(64)}` as Signature };
    });
    for (const machine of ceremony.machines) machine.timeout();
    expect(others(ceremony)).toEqual(everyone(aborted('absent', [liar])));
    expect(ceremony.refusals).toContain(`${liar} not signed by its dealer`);
  });

  it('that repeats messages of another ceremony says nothing', () => {
    const [one, two] = [new Ceremony(n, 1), new Ceremony(n, 1)];
    const other = { ...two.context, ceremonyId: sha256Hash(utf8('run 2')) };
    const seedless = new DkgMachine(
      { ...other, index: 0 },
      { random: new Rng(1).bytes(dealingRandomBytes(other.threshold)), sign: (bytes) => two.signAs(0, bytes) },
    );
    const sent = seedless.start().send[0] as DkgStep['send'][0];
    const machine = one.machines[1] as DkgMachine;
    machine.start();
    expect(machine.receive(0, sent.message).events).toEqual([expect.objectContaining({ kind: 'refused', from: 0 })]);
  });
});

describe('a ceremony', () => {
  it('heals from lost messages by saying them again', () => {
    const ceremony = new Ceremony(4, 4);
    const rng = new Rng(11);
    for (const index of [0, 1, 2, 3])
      ceremony.tampers.set(index, (_, message) => (rng.chance(0.4) ? undefined : message));
    ceremony.run();
    for (let round = 0; round < 40 && !ceremony.outcomes().every((outcome) => outcome?.kind === 'live'); round++) {
      for (const [index, machine] of ceremony.machines.entries()) ceremony.carryOut(index, machine.resend());
      ceremony.deliver();
    }
    expect(ceremony.results()).toHaveLength(4);
  });

  it('takes no proof of knowledge out of another ceremony', () => {
    const { context, machines } = new Ceremony(4);
    const { message } = (machines[0] as DkgMachine).start().send[0] as DkgStep['send'][0];
    if (message.kind !== 'dkg-dealing') throw new Error('deals first');
    expect(isValidDealing(context, 0, message, groupArithmetic)).toBe(true);
    expect(isValidDealing(context, 1, message, groupArithmetic)).toBe(false);
    const ceremonyId = sha256Hash(utf8('run 2'));
    expect(isValidDealing({ ...context, ceremonyId }, 0, message, groupArithmetic)).toBe(false);
  });

  it('is not set up with a committee that makes no sense', () => {
    const { context } = new Ceremony(4);
    const dependencies = { random: new Uint8Array(0), sign: () => '' as Signature };
    for (const change of [{ threshold: 0 }, { threshold: 5 }, { index: 4 }, { members: [] }, { threshold: 1.5 }]) {
      expect(() => new DkgMachine({ ...context, index: 0, ...change }, dependencies)).toThrow(
        code('THRESHOLD_CEREMONY_INVALID'),
      );
    }
  });

  it('any bytes decode to a message of the same bytes, or to a coded error', () => {
    const sent = new Ceremony(4).machines[0]?.start().send[0] as DkgStep['send'][0];
    const bytes = encodeDkgMessage(sent.message);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const mutated = bytes.with(at, byte);
        try {
          expect(toHex(encodeDkgMessage(decodeDkgMessage(mutated)))).toBe(toHex(mutated));
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^(PROTOCOL|BYTES)_/));
        }
      }),
    );
  });
});
