import { sha256Hash } from '@cairn/crypto';
import { type Hash, utf8 } from '@cairn/primitives';
import type { Attestation } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import { describe, expect, test } from 'vitest';
import type { CoreAnswers } from '../threads/thread-messages.ts';
import { FateDesk } from './fate-desk.ts';

const [a, b] = ['a', 'b'].map((name) => sha256Hash(utf8(name))) as [Hash, Hash];

function harness() {
  const certified = new Map<Hash, 'accepted' | 'stale'>();
  const answers: [number, CoreAnswers['await']][] = [];
  const desk = new FateDesk({
    store: {
      fate: (id) => {
        const code = certified.get(id);
        return code === undefined
          ? { kind: 'pending' }
          : { kind: 'certified', height: 3, code, reportIndex: 0, place: null };
      },
      attestations: { forReport: (id) => ({ id }) as unknown as Attestation },
    },
    answer: (id, answer) => answers.push([id, answer]),
  });
  const certify = (id: Hash, code: 'accepted' | 'stale' = 'accepted') => {
    certified.set(id, code);
    desk.onCommits([{ receipts: [{ id, code }] } as unknown as Commit]);
  };
  return { desk, answers, certify };
}

describe('waiting for the fate of items', () => {
  test('answers when the last of them is certified, with attestations of what was accepted', () => {
    const { desk, answers, certify } = harness();
    desk.wait(1, [a, b]);
    certify(a);
    expect(answers).toEqual([]);
    certify(b, 'stale');
    expect(answers).toEqual([
      [
        1,
        [
          { fate: { status: 'certified', height: 3, code: 'accepted' }, attestation: { id: a } },
          { fate: { status: 'certified', height: 3, code: 'stale' }, attestation: null },
        ],
      ],
    ]);
  });

  test('answers at once what is certified already, and everyone who waits for one item', () => {
    const { desk, answers, certify } = harness();
    desk.wait(1, [a]);
    desk.wait(2, [a]);
    certify(a);
    desk.wait(3, [a]);
    expect(answers.map(([id]) => id)).toEqual([1, 2, 3]);
  });

  test('gives what there is when it is told to forget, once', () => {
    const { desk, answers, certify } = harness();
    desk.wait(1, [a]);
    desk.forget(1);
    expect(answers).toEqual([[1, [{ fate: { status: 'pending' }, attestation: null }]]]);
    certify(a);
    desk.forget(1);
    expect(answers).toHaveLength(1);
  });

  test('the longest waiting is answered when too many wait', () => {
    const { desk, answers } = harness();
    for (let id = 0; id <= 4096; id++) desk.wait(id, [a]);
    expect(answers.map(([id]) => id)).toEqual([0]);
  });
});
