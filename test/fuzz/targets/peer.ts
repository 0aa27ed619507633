// What a member's threads do with bytes of others before the replica sees them, with real signatures.
import { authenticate, EMPTY_VOTING_RECORD } from '@cairn/consensus';
import { type Signer, verifySignature } from '@cairn/crypto';
import { CairnError, quorumOf, type Rng } from '@cairn/primitives';
import {
  decodeAgreementMessage,
  decodeEvidence,
  encodeAgreementMessage,
  encodeBlock,
  encodeCanonical,
  encodeCertifiedBlock,
  encodeEvidence,
  encodeSyncRequest,
  ITEM_KINDS,
  sealMessage,
} from '@cairn/protocol';
import { evidenceFault, networkDoor } from '@cairn/replica';
import { CertifiedChain } from '@cairn/replica/testing';
import { ChainFixture, MemoryNodeStore } from '@cairn/storage/testing';
import { frostScheme } from '@cairn/threshold';
import { unknownOwnVote } from '../../../node/src/core/own-votes.ts';
import { PeerMessages } from '../../../node/src/core/peer-messages.ts';
import { SyncServer } from '../../../node/src/core/serve-sync.ts';
import { checkItems } from '../../../node/src/door/check-items.ts';
import { Door } from '../../../node/src/door/door.ts';
import type { FrameSource } from '../../../node/src/threads/thread-messages.ts';
import { exchangeNode, parsedCbor } from '../../vectors/exchange-node.ts';
import { evidenceOf } from '../../vectors/random-evidence.ts';
import { MESSAGE_KINDS, messageOf, syncRequestOf } from '../../vectors/random-messages.ts';
import { positionOf } from '../../vectors/random-nouns.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, isAccepted, type Subject, stateless, type Target } from '../target.ts';

const HEIGHT = 6;
const LIAR = 3;
const SOURCES: readonly FrameSource[] = [
  'batch',
  'proposal',
  'certified',
  'direct',
  'sync-batch',
  'sync-block',
  'sync-certified',
];

const chain = new CertifiedChain();
chain.growTo(HEIGHT);
const by = { verify: verifySignature, scheme: frostScheme, breathe: () => {} };
const signAsLiar = (bytes: Uint8Array) => (chain.members[LIAR] as Signer).sign(bytes);
const newDoor = () => new Door({ genesis: chain.genesis }, by);

/** Honest frames of a place: what a certified chain has, and what the liar signed, of any content. */
function frameOf(source: FrameSource, rng: Rng): Uint8Array {
  const commit = rng.pick(chain.commits);
  switch (source) {
    case 'batch':
    case 'sync-batch':
      return rng.chance(0.5) ? rng.pick(commit.batches).bytes : batchOfLiar(rng);
    case 'certified':
      return encodeAgreementMessage({ kind: 'certified-block', certified: commit.certified });
    case 'sync-certified':
      return encodeCertifiedBlock(commit.certified);
    case 'sync-block':
      return encodeBlock(commit.certified.block);
    case 'proposal':
    case 'direct':
      return messageOfLiar(rng);
  }
}

/** Says anything, within the shape, near the heights that matter, and signs it. */
function messageOfLiar(rng: Rng): Uint8Array {
  const kind = rng.pick(MESSAGE_KINDS.filter((each) => each !== 'certified-block'));
  const position = rng.chance(0.7)
    ? { epoch: 0, height: rng.integer(1, HEIGHT + 2), view: rng.integer(0, 3) }
    : positionOf(rng);
  const message = { ...messageOf(rng, kind), ...position, member: LIAR } as never;
  const { networkId } = chain.chain;
  return encodeAgreementMessage(sealMessage(networkId, message, signAsLiar));
}

function batchOfLiar(rng: Rng): Uint8Array {
  const [item] = rng.pick(chain.commits).batches.flatMap(({ items }) => items);
  const bytes = rng.chance(0.5) && item !== undefined ? item.bytes : rng.bytes(rng.integer(1, 90));
  return chain.batch([{ kind: rng.pick(ITEM_KINDS), bytes }], LIAR).bytes;
}

/** The threads' door: never throws, and what it lets in is signed by whom it names. */
function door(): Subject {
  const real = newDoor();
  const peers = new PeerMessages({ self: 0, quorum: quorumOf(chain.members.length) });
  const generators = SOURCES.map((source) => ({ source, generate: inputsFrom('cbor', (rng) => frameOf(source, rng)) }));
  let source: FrameSource = 'direct';
  return {
    generate: (rng) => {
      const from = rng.pick(generators);
      source = rng.chance(0.9) ? from.source : rng.pick(SOURCES);
      return from.generate(rng);
    },
    take: (input, rng) => {
      real.setTip(rng.integer(0, HEIGHT));
      const { verdict, order } = real.admit(source, rng.integer(0, LIAR), input);
      if (order?.kind === 'message') peers.see(order);
      if (peers.heights().length !== chain.members.length) throw new Broken('a height of nobody');
      return verdict === 'accept';
    },
  };
}

/** The same items as in blocks, changed, through own intake. */
function intake(): Subject {
  const real = newDoor();
  const honest = chain.commits.flatMap(({ batches }) => batches.flatMap(({ items }) => items));
  return {
    generate: inputsFrom('bytes', (rng) => rng.pick(honest).bytes),
    take: (input, rng) => {
      const pack = {
        kind: rng.pick(ITEM_KINDS),
        bytes: Buffer.concat([input, input]),
        ends: [input.length, 2 * input.length],
      };
      const { ids, faults } = checkItems(pack, real);
      if (ids[0] !== ids[1]) throw new Broken('two ids of the same bytes');
      return faults === null;
    },
  };
}

/** A store with a chain in it, and what anyone may ask of it. */
function syncServer(): Subject {
  const kept = new ChainFixture();
  const store = new MemoryNodeStore({ genesis: kept.genesis, author: 1 });
  for (const commit of kept.growTo(12)) store.append([{ kind: 'certified', commit }]);
  const ids = kept.commits.flatMap(({ certified }) => certified.block.batchIds);
  const server = new SyncServer({
    chain: store.chain,
    proofs: store.proofs,
    // The fixture's snapshots are four blocks apart.
    epochBlocks: 4,
    candidate: (hash) => store.candidate(hash),
    latestOf: (member) => (member === 2 ? Uint8Array.of(1) : undefined),
  });
  const request = (rng: Rng) => {
    if (rng.chance(0.4))
      return encodeSyncRequest({ kind: 'certified', fromHeight: rng.integer(0, 14), toHeight: rng.integer(0, 99) });
    if (rng.chance(0.3)) return encodeSyncRequest({ kind: 'snapshot', treeSize: rng.integer(0, 16) });
    if (rng.chance(0.2)) return encodeSyncRequest({ kind: 'snapshot-chunk', height: 5, index: rng.integer(0, 4) });
    return encodeSyncRequest(rng.chance(0.3) ? { kind: 'batches', ids: [rng.pick(ids)] } : syncRequestOf(rng));
  };
  return {
    generate: inputsFrom('cbor', request),
    take: (input, rng) =>
      isAccepted(() => {
        const frames = server.serve(input, rng.pick([null, 0, 2]));
        const bytes = frames.reduce((sum, { length }) => sum + length, 0);
        if (bytes > 8 * 1024 * 1024) throw new Broken(`an answer of ${bytes} bytes`);
      }),
  };
}

/** What others say that this member has signed, at its start. */
function ownVotes(): Subject {
  const record = { tipHeight: HEIGHT, voting: EMPTY_VOTING_RECORD };
  return {
    generate: inputsFrom('cbor', messageOfLiar),
    take: (input) => unknownOwnVote([input], { genesis: chain.genesis, self: LIAR, record }) !== null,
  };
}

const network = networkDoor(chain.genesis, by);

/** Signed by the liar after one node of it was exchanged: shape and signature hold, the content does not. */
function signedAnything(rng: Rng): Uint8Array {
  const bytes = messageOfLiar(rng);
  const value = parsedCbor(bytes);
  if (value === undefined) return bytes;
  try {
    const message = decodeAgreementMessage(encodeCanonical(exchangeNode(value, rng)));
    if (message.kind === 'certified-block' || message.member !== LIAR) return bytes;
    return encodeAgreementMessage(sealMessage(chain.chain.networkId, message, signAsLiar));
  } catch (error) {
    if (error instanceof CairnError) return bytes;
    throw error;
  }
}

export const targets: readonly Target[] = [
  stateless('peer/door', door),
  stateless('peer/intake', intake),
  stateless('peer/sync-request', syncServer),
  stateless('peer/own-votes', ownVotes),
  stateless('peer/signed-message', () => ({
    generate: signedAnything,
    take: (input) => authenticate(decodeAgreementMessage(input), network).ok,
  })),
  stateless('peer/evidence', () => ({
    generate: inputsFrom('cbor', (rng) => encodeEvidence(evidenceOf(rng))),
    take: (input) => isAccepted(() => evidenceFault(decodeEvidence(input), network)),
  })),
];
