import { viewTimeoutOf } from '@cairn/consensus';
import { BLOCK_BYTES_MAX } from '@cairn/protocol';
import { describe, expect, test } from 'vitest';
import { makeDraft } from '../init-command/make-draft.ts';
import { testCommittee } from '../testing/test-network.ts';
import { viewTimeoutCapMin } from './view-timeout-cap.ts';

const draftOf = (memberCount: number, viewTimeout: string) => {
  const { members } = testCommittee({ ports: Array.from({ length: memberCount }, (_, port) => port + 1) }).draft;
  return makeDraft(members, { blockInterval: '200ms', viewTimeout, epochBlocks: '10' }, 0);
};

describe('the cap of view timeouts', () => {
  test.each([
    [4, '2s'],
    [4, '600s'],
    [31, '30s'],
    [128, '2s'],
    [128, '600s'],
  ])('a draft of %i members with a view timeout of %s gets one that is long enough', (memberCount, viewTimeout) => {
    const { parameters, members } = draftOf(memberCount, viewTimeout);
    expect(parameters.viewTimeoutMsMax).toBeGreaterThanOrEqual(viewTimeoutCapMin({ members, parameters }));
    expect(viewTimeoutOf(40, parameters)).toBe(parameters.viewTimeoutMsMax);
  });

  test('grows with the sessions and holds the largest block', () => {
    const four = draftOf(4, '8s');
    const ten = draftOf(10, '8s');
    // f + 1 is 2 of four and 4 of ten; a session is given up after an eighth of the timeout
    expect(viewTimeoutCapMin(ten) - viewTimeoutCapMin(four)).toBe(2 * 1000);
    expect(viewTimeoutCapMin(four)).toBeGreaterThan((BLOCK_BYTES_MAX * 8) / 10_000);
  });
});
