import { type Hash, toHash, toSignature } from '@cairn/primitives';
import { blockHash, signRequestHash } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { EMPTY_VOTING_RECORD } from './effects.ts';
import {
  certificate,
  commitment,
  HEIGHT,
  OneMember,
  prepareVote,
  proposal,
  sent,
  signRequest,
  someBlock,
  timeoutCertificate,
  timeoutVote,
} from './testing/one-member.ts';

const A = someBlock(1, 0);
const B = someBlock(2, 1);
const hashA = blockHash(A);

describe('5.1 voting', () => {
  it('prepares a fresh block of the leader, after writing it', () => {
    const member = new OneMember();
    const effects = member.take(proposal(0, A));
    expect(sent(effects)).toEqual(['prepare-vote@0']);
    const order = effects.map(({ kind }) => kind);
    expect(order.indexOf('journal')).toBeLessThan(order.indexOf('send'));
    expect(member.journal).toMatchObject([{ kind: 'prepared', view: 0, hash: hashA }]);
  });

  it('ignores a proposal of somebody who does not lead the view', () => {
    const member = new OneMember();
    expect(sent(member.take({ ...proposal(0, A), member: 2 }))).toEqual([]);
  });

  it('votes once in a view, whatever else its leader proposes', () => {
    const member = new OneMember();
    member.take(proposal(0, A));
    const effects = member.take(proposal(0, someBlock(9, 0)));
    expect(sent(effects)).toEqual([]);
    expect(effects.find(({ kind }) => kind === 'accuse')).toMatchObject({
      evidence: { kind: 'double-proposal', member: 0 },
    });
  });

  it('refuses a fresh block that names another leader, or has batches in view 2 or later', () => {
    const member = new OneMember();
    expect(sent(member.take(proposal(1, A, timeoutCertificate(0))))).toEqual([]);
    const full = someBlock(3, 2, [toHash('22'.repeat(32))]);
    expect(sent(member.take(proposal(2, full, timeoutCertificate(1))))).toEqual([]);
    expect(sent(member.take(proposal(2, someBlock(4, 2), timeoutCertificate(1))))).toEqual(['prepare-vote@2']);
  });

  it('does not vote for a block that is out of time or does not execute', () => {
    for (const verdict of [
      { executes: false, isTimely: true, reason: 'x' },
      { executes: true, isTimely: false, reason: null },
    ]) {
      const member = new OneMember();
      member.agreement.onMessage(proposal(0, A), 0);
      member.agreement.onValidated(hashA, verdict);
      expect(sent(member.agreement.drain()), JSON.stringify(verdict)).toEqual([]);
    }
  });
});

/** Each rule marked [fork] in the protocol: with it the member stays silent, with it taken out it speaks. */
describe('rules that stop forks', () => {
  it('a proposal needs a timeout certificate of exactly the view before', () => {
    const old = proposal(2, someBlock(3, 2), timeoutCertificate(0));
    expect(sent(new OneMember().take(old))).toEqual([]);
    const without = new Set(['exact-timeout-certificate'] as const);
    expect(sent(new OneMember({ without }).take(old))).toEqual(['prepare-vote@2']);
  });

  it('a proposal is the block of the highest certificate', () => {
    const other = proposal(1, B, timeoutCertificate(0, certificate(0, hashA)));
    expect(sent(new OneMember().take(other))).toEqual([]);
    const without = new Set(['highest-certificate'] as const);
    expect(sent(new OneMember({ without }).take(other))).toEqual(['prepare-vote@1']);
    expect(sent(new OneMember().take(proposal(1, A, timeoutCertificate(0, certificate(0, hashA)))))).toEqual([
      'prepare-vote@1',
    ]);
  });

  it('a member neither prepares nor signs in a view after its timeout vote', () => {
    for (const [without, votes] of [
      [new Set<never>(), []],
      [new Set(['never-after-timeout'] as const), ['prepare-vote@0']],
    ] as const) {
      const member = new OneMember({ without });
      member.timer('view');
      expect(sent(member.take(proposal(0, A)))).toEqual(votes);
    }
    const member = new OneMember();
    member.take(proposal(0, A));
    member.timer('view');
    expect(member.take(signRequest(0, A)).filter(({ kind }) => kind === 'sign')).toEqual([]);
  });

  it('nor does it after a restart', () => {
    const before = new OneMember();
    before.timer('view');
    const timedOut = before.journal.find((entry) => entry.kind === 'timed-out');
    if (timedOut?.kind !== 'timed-out') throw new Error('the timeout was not written');
    const record = { ...EMPTY_VOTING_RECORD, timedOut };
    expect(sent(new OneMember({}, record).take(proposal(0, A)))).toEqual([]);
    const without = new Set(['never-after-timeout'] as const);
    expect(sent(new OneMember({ without }, record).take(proposal(0, A)))).toEqual(['prepare-vote@0']);
  });

  it('a share that the signer finishes after the timeout vote does not leave', () => {
    const member = new OneMember();
    member.take(proposal(0, A));
    const sign = member.take(signRequest(0, A)).find((effect) => effect.kind === 'sign');
    if (sign?.kind !== 'sign') throw new Error('not asked to sign');
    member.timer('view');
    const made = { hiding: new Uint8Array(32), binding: new Uint8Array(32) };
    member.agreement.onSignerResult(
      { kind: 'share', requestHash: sign.requestHash, z: new Uint8Array(32), next: made },
      0,
    );
    expect(sent(member.agreement.drain())).toEqual([]);
  });
});

describe('5.2 signing', () => {
  it('writes the certificate before it asks for a share, and sends the same share again', () => {
    const member = new OneMember();
    member.take(proposal(0, A));
    const request = signRequest(0, A);
    const effects = member.take(request);
    const order = effects.map((effect) => (effect.kind === 'journal' ? effect.entry.kind : effect.kind));
    expect(order.indexOf('high-certificate')).toBeLessThan(order.indexOf('sign'));
    const sign = effects.find((effect) => effect.kind === 'sign');
    if (sign?.kind !== 'sign') throw new Error('not asked to sign');
    const next = { hiding: new Uint8Array(32), binding: new Uint8Array(32) };
    member.agreement.onSignerResult({ kind: 'share', requestHash: sign.requestHash, z: new Uint8Array(32), next }, 0);
    expect(sent(member.agreement.drain())).toEqual(['signature-share@0']);
    const again = member.take(request);
    expect(sent(again)).toEqual(['signature-share@0']);
    expect(again.some(({ kind }) => kind === 'sign')).toBe(false);
  });

  it('answers a dead nonce with a fresh commitment', () => {
    const member = new OneMember();
    member.take(proposal(0, A));
    const sign = member.take(signRequest(0, A)).find((effect) => effect.kind === 'sign');
    if (sign?.kind !== 'sign') throw new Error('not asked to sign');
    const fresh = { hiding: new Uint8Array(32), binding: new Uint8Array(32) };
    member.agreement.onSignerResult({ kind: 'unknown-nonce', requestHash: sign.requestHash, fresh }, 0);
    expect(sent(member.agreement.drain())).toEqual(['nonce-refusal@0']);
  });

  it('asks the voters of a certificate for the block that it lacks', () => {
    const member = new OneMember();
    const effects = member.take(signRequest(0, A));
    expect(effects).toContainEqual({ kind: 'need-block', hash: hashA, from: [0, 1, 2] });
    member.agreement.onBlock(A);
    member.settle();
    expect(member.effects.some(({ kind }) => kind === 'sign')).toBe(true);
  });
});

describe('5.3 changing views', () => {
  it('joins f + 1 timeout votes, and enters the next view with q', () => {
    const member = new OneMember();
    expect(sent(member.take(timeoutVote(0, 0)))).toEqual([]);
    expect(sent(member.take(timeoutVote(0, 1)))).toEqual(['timeout-vote@0']);
    member.take(timeoutVote(0, 3));
    expect(member.agreement.view).toBe(1);
    expect(member.journal.map(({ kind }) => kind)).toEqual(['timed-out', 'entered']);
  });

  it('enters the view of a later timeout vote by the certificate that it carries', () => {
    const member = new OneMember();
    member.take(timeoutVote(3, 0));
    expect(member.agreement.view).toBe(3);
  });

  it('proposes again the block of the highest certificate, and a fresh one without', () => {
    const leader = new OneMember({ self: 1 });
    leader.take(proposal(0, A));
    const high = certificate(0, hashA);
    for (const member of [0, 2, 1]) leader.take(timeoutVote(0, member, member === 1 ? null : high));
    const again = leader.effects.find((effect) => effect.kind === 'gossip');
    expect(again).toMatchObject({ message: { kind: 'proposal', view: 1, block: A } });
    const other = new OneMember({ self: 1 });
    for (const member of [0, 2, 1]) other.take(timeoutVote(0, member));
    expect(other.agreement.wantsFreshBlock()).toMatchObject({ view: 1, isEmpty: false });
  });

  it('makes one proposal a view, restarts included', () => {
    const leader = new OneMember({ self: 0 });
    leader.agreement.propose(A);
    leader.settle();
    const proposed = leader.journal.filter((entry) => entry.kind === 'proposed');
    const restarted = new OneMember({ self: 0 }, { ...EMPTY_VOTING_RECORD, proposed });
    expect(restarted.agreement.wantsFreshBlock()).toBe(null);
    expect(restarted.effects.find((effect) => effect.kind === 'gossip')).toMatchObject({ message: { block: A } });
  });
});

describe('5.5 robust signing', () => {
  const shareOf = (member: number, requestHash: Hash, next = true) => ({
    kind: 'signature-share',
    epoch: 0,
    height: HEIGHT,
    view: 0,
    member,
    signRequestHash: requestHash,
    z: new Uint8Array(32),
    signature: '',
    nextCommitment: next ? commitment(member) : null,
  });

  function leading(): { leader: OneMember; sessions: () => { to: readonly number[]; hash: Hash }[] } {
    const leader = new OneMember({ self: 0 });
    leader.agreement.propose(A);
    leader.settle();
    const sessions = () =>
      leader.effects.flatMap((effect) =>
        effect.kind === 'send' && effect.message.kind === 'sign-request'
          ? [{ to: effect.to, hash: signRequestHash(effect.message) }]
          : [],
      );
    return { leader, sessions };
  }

  it('opens one session with the first q votes, and waits for it', () => {
    const { leader, sessions } = leading();
    for (const member of [0, 1, 2]) leader.take(prepareVote(0, member, hashA));
    expect(sessions().map(({ to }) => to)).toEqual([[0, 1, 2]]);
    leader.take(prepareVote(0, 3, hashA));
    leader.take(shareOf(0, sessions()[0]?.hash as Hash));
    leader.take(shareOf(1, sessions()[0]?.hash as Hash));
    expect(sessions()).toHaveLength(1);
  });

  it('opens another by timer, without the member that is silent', () => {
    const { leader, sessions } = leading();
    for (const member of [0, 1, 2, 3]) leader.take(prepareVote(0, member, hashA));
    leader.take(shareOf(0, sessions()[0]?.hash as Hash));
    leader.take(shareOf(1, sessions()[0]?.hash as Hash));
    leader.agreement.onTimer('session', 1000);
    leader.settle();
    expect(sessions().map(({ to }) => to)).toEqual([
      [0, 1, 2],
      [0, 1, 3],
    ]);
  });

  it('a refusal kills its session and brings the fresh commitment into the next', () => {
    const { leader, sessions } = leading();
    for (const member of [0, 1, 2, 3]) leader.take(prepareVote(0, member, hashA));
    const hash = sessions()[0]?.hash as Hash;
    leader.take(shareOf(0, hash));
    leader.take(shareOf(1, hash));
    const refusal = { ...shareOf(2, hash), kind: 'nonce-refusal', commitment: commitment(2) };
    leader.take(refusal);
    expect(sessions()).toHaveLength(2);
  });

  it('a member that refuses again and again cannot use the sessions up', () => {
    const { leader, sessions } = leading();
    for (const member of [0, 1, 2, 3]) leader.take(prepareVote(0, member, hashA));
    for (let round = 0; round < 6; round++) {
      const { to, hash } = sessions().at(-1) as { to: readonly number[]; hash: Hash };
      if (to.includes(2)) leader.take({ ...shareOf(2, hash), kind: 'nonce-refusal', commitment: commitment(2) });
      for (const member of to) if (member !== 2) leader.take(shareOf(member, hash));
    }
    const all = sessions();
    expect(all.filter(({ to }) => to.includes(2))).toHaveLength(2);
    expect(all.at(-1)?.to).toEqual([0, 1, 3]);
  });

  it('a share that answers no session, or comes twice, offers no commitment', () => {
    const { leader, sessions } = leading();
    for (const member of [0, 1, 2]) leader.take(prepareVote(0, member, hashA));
    const hash = sessions()[0]?.hash as Hash;
    leader.take(shareOf(0, hash));
    leader.take(shareOf(1, hash));
    leader.take(shareOf(3, hash));
    leader.take(shareOf(3, toHash('55'.repeat(32))));
    leader.agreement.onTimer('session', 1000);
    leader.settle();
    expect(sessions()).toHaveLength(1);
  });

  it('aggregates a complete session, certifies with every vote, and excludes only proven culprits', () => {
    const { leader, sessions } = leading();
    for (const member of [0, 1, 2, 3]) leader.take(prepareVote(0, member, hashA));
    const first = sessions()[0]?.hash as Hash;
    for (const member of [0, 1, 2]) leader.take(shareOf(member, first));
    expect(leader.effects.filter(({ kind }) => kind === 'aggregate')).toHaveLength(1);
    leader.agreement.onSignerResult({ kind: 'culprits', requestHash: first, members: [2] }, 0);
    leader.settle();
    expect(sessions().map(({ to }) => to)[1]).toEqual([0, 1, 3]);
    const second = sessions()[1]?.hash as Hash;
    const signature = toSignature('33'.repeat(64));
    leader.agreement.onSignerResult({ kind: 'aggregated', requestHash: second, signature }, 0);
    leader.settle();
    const certified = leader.effects.find((effect) => effect.kind === 'certified');
    expect(certified).toMatchObject({ certified: { groupSignature: signature } });
    const votes =
      certified?.kind === 'certified' ? certified.certified.certificate.votes.map(({ member }) => member) : [];
    expect(votes).toEqual([0, 1, 2, 3]);
  });
});

describe('5.3 a block from a peer', () => {
  it('is refused when its batches are not those of its header', () => {
    const member = new OneMember();
    member.take(signRequest(0, A));
    member.agreement.onBlock({ ...A, batchIds: [toHash('44'.repeat(32))] });
    expect(member.agreement.drain()).toEqual([]);
    member.agreement.onBlock(A);
    expect(member.agreement.drain()).not.toEqual([]);
  });
});
