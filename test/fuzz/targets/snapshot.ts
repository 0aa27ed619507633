// What a new node is told before it knows anything: one lying answer, then honest ones, must end at the true state.
import { verifySignature } from '@cairn/crypto';
import { entriesOfChunk } from '@cairn/ledger';
import { CairnError, type Rng } from '@cairn/primitives';
import type { SnapshotChunk } from '@cairn/protocol';
import { SnapshotSync } from '@cairn/replica';
import { answerOf, baseOf, CertifiedChain, doorOf } from '@cairn/replica/testing';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, isAccepted, type Subject, stateless, type Target } from '../target.ts';

const EPOCH = 4;
const HEIGHT = 15;
const LIAR = 1;
const HONEST = 2;
const TURNS_MAX = 2_000;

const network = new CertifiedChain({ epochBlocks: EPOCH });
network.growTo(HEIGHT);
const truth = baseOf(network);
const checkpoint = network.commits.at(-1)?.note ?? '';
const by = { door: doorOf(network.chain), verifyGroupSignature: verifySignature };
const newSync = () => new SnapshotSync({ genesis: network.genesis, checkpoint }, by);

/** Everything that an honest member answers on the way. */
function frames(): readonly Uint8Array[] {
  const said: Uint8Array[] = [];
  const sync = newSync();
  for (let step = sync.next([HONEST], network.time); step.kind === 'ask'; step = sync.next([HONEST], network.time)) {
    const answer = answerOf(network, step.request);
    said.push(...answer);
    sync.answered(step, answer, network.time);
  }
  return said;
}

/** The liar answers with the input until it is found out, the other one truly. @returns whether it was ever believed. */
function join(input: Uint8Array): boolean {
  const sync = newSync();
  let atMs = network.time;
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    const step = sync.next([LIAR, HONEST], atMs);
    if (step.kind === 'done') {
      if (step.base.certified.block.header.stateHash !== truth.certified.block.header.stateHash)
        throw new Broken("a new node begins with a state that is not the network's");
      return true;
    }
    if (step.kind === 'wait') atMs += step.delayMs;
    else {
      sync.answered(step, step.peer === LIAR ? [input] : answerOf(network, step.request), atMs);
      atMs += 10;
    }
  }
  throw new Broken(`no end after ${TURNS_MAX} turns`);
}

function joining(): Subject {
  const honest = frames();
  return {
    generate: inputsFrom('bytes', (rng: Rng) => rng.pick(honest)),
    take: (input) => {
      try {
        return join(input);
      } catch (error) {
        // the liar may make it give up, with a code
        if (error instanceof CairnError) return false;
        throw error;
      }
    },
  };
}

export const targets: readonly Target[] = [
  stateless('snapshot/join', joining, 0.01),
  stateless('snapshot/entries', () => {
    const chunks = network.commits.flatMap(({ snapshot }) => snapshot?.chunks ?? []);
    return {
      generate: inputsFrom('cbor', (rng) => (rng.pick(chunks) as SnapshotChunk).bytes),
      take: (input) => isAccepted(() => entriesOfChunk(input)),
    };
  }),
];
