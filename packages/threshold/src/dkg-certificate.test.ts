import type { MemberIndex, Signature } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { completeDkg, type DkgMachine, type DkgStep } from './index.ts';
import { Ceremony } from './testing.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const aborted = (reason: string, culprits: MemberIndex[]) =>
  expect.objectContaining({ kind: 'aborted', reason, culprits });

describe('the certificate', () => {
  const n = 4;
  /** Member 3 hears no confirmation at all, and gives up. */
  const oneMissedIt = () => {
    const ceremony = new Ceremony(n, 8);
    for (const index of [0, 1, 2]) {
      ceremony.tampers.set(index, (to, message) => {
        const isLost = to === 3 && (message.kind === 'dkg-confirm' || message.kind === 'dkg-certificate');
        return isLost ? undefined : message;
      });
    }
    ceremony.run();
    return ceremony;
  };

  it('completes whoever missed it, also one that gave up', () => {
    const ceremony = oneMissedIt();
    const late = ceremony.machines[3] as DkgMachine;
    expect(ceremony.outcomes([3]).map((outcome) => outcome?.kind)).toEqual(['live', 'live', 'live']);
    ceremony.carryOut(3, late.timeout());
    expect(late.outcome).toEqual(aborted('absent', [0, 1, 2]));
    ceremony.tampers.clear();
    ceremony.carryOut(3, late.resend());
    ceremony.deliver();
    const results = ceremony.results();
    expect(results[3]?.keySet).toEqual(results[0]?.keySet);
  });

  it('is said again by a live member: the first may be lost, and nobody who is live asks', () => {
    const ceremony = new Ceremony(4);
    ceremony.run();
    const { send } = (ceremony.machines[0] as DkgMachine).resend(2);
    expect(send.map(({ to, message }) => [to, message.kind])).toEqual([[2, 'dkg-certificate']]);
  });

  it('completes one that restarted after it had confirmed, from what it had written down', () => {
    const ceremony = oneMissedIt();
    const live = ceremony.machines[0]?.outcome;
    const pending = ceremony.persisted.get(3);
    if (live?.kind !== 'live' || !pending) throw new Error('setup');
    const result = completeDkg(pending, live.result.certificate);
    expect(result.keySet).toEqual(live.result.keySet);
    const { certificate } = live.result;
    const [a, b] = certificate as [Signature, Signature];
    for (const bad of [
      certificate.slice(1),
      [],
      certificate.with(0, b).with(1, a),
      certificate.with(2, a),
      [...certificate, a],
    ]) {
      expect(() => completeDkg(pending, bad)).toThrow(code('THRESHOLD_CERTIFICATE_INVALID'));
    }
  });

  it('is refused when one signature is not good', () => {
    const ceremony = oneMissedIt();
    const live = ceremony.machines[0]?.outcome;
    if (live?.kind !== 'live') throw new Error('setup');
    const signatures = live.result.certificate.with(1, live.result.certificate[0] as Signature);
    const step = (ceremony.machines[3] as DkgMachine).receive(0, { kind: 'dkg-certificate', signatures });
    expect(step.outcome).toBeUndefined();
    expect(step.events).toEqual([expect.objectContaining({ kind: 'refused', message: 'dkg-certificate' })]);
  });

  it('the share is durable before the confirmation leaves', () => {
    const ceremony = new Ceremony(n, 9);
    const steps: DkgStep[] = [];
    const carryOut = ceremony.carryOut.bind(ceremony);
    ceremony.carryOut = (from, step) => {
      steps.push(step);
      carryOut(from, step);
    };
    ceremony.run();
    const confirming = steps.filter(({ send }) => send.some(({ message }) => message.kind === 'dkg-confirm'));
    expect(confirming).toHaveLength(n);
    for (const step of confirming) expect(step.persist?.keyShare.secretShare).toHaveLength(32);
    expect(ceremony.results().map(({ keyShare }) => keyShare)).toEqual(
      [...ceremony.persisted].sort(([a], [b]) => a - b).map(([, { keyShare }]) => keyShare),
    );
  });
});
