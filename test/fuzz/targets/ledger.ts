import { decodeBatchItems, restoreState, snapshotEntries } from '@cairn/ledger';
import { type Rng, utf8 } from '@cairn/primitives';
import { BATCH_BYTES_MAX, type BatchItem, decodeCanonical, encodeCanonical, ITEM_KINDS } from '@cairn/protocol';
import { CertifiedChain } from '@cairn/replica/testing';
import { parseKey } from '../../../packages/ledger/src/state-entry.ts';
import { WIRE_TYPES } from '../../vectors/wire-types.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { isAccepted, type Subject, stateless, type Target } from '../target.ts';

const HEIGHT = 6;

/** One entry of a real state, changed, in a list of [key, value]. */
function entries(): Subject {
  const chain = new CertifiedChain({ windowMs: 60_000 });
  chain.growTo(HEIGHT);
  const all = snapshotEntries(chain.chain.state);
  const { genesis } = chain;
  const meta = chain.chain.tip.header;
  const listOf = (rng: Rng) => {
    const from = rng.integer(0, all.length - 1);
    return all.slice(from, from + rng.integer(1, 3)).map(({ key, value }) => [key, value]);
  };
  return {
    generate: inputsFrom('cbor', (rng) => encodeCanonical(listOf(rng))),
    take: (input) =>
      isAccepted(() => {
        const value = decodeCanonical(input, input.length);
        const list = Array.isArray(value) ? value : [];
        const stored = list.flatMap((entry) => {
          const [key, bytes] = Array.isArray(entry) ? entry : [];
          const isEntry = (typeof key === 'string' || key instanceof Uint8Array) && bytes instanceof Uint8Array;
          return isEntry ? [{ key, value: bytes }] : [];
        });
        // what was restored can be written down again
        snapshotEntries(restoreState(genesis, stored, meta));
      }),
  };
}

const KEYS = [
  `r/air/${'ab'.repeat(32)}`,
  `t/air/${'ab'.repeat(32)}`,
  `d/air/${'ab'.repeat(32)}/17`,
  'w/air/1700000000000/8928308280fffff/12',
  'c/air',
  `l/${'cd'.repeat(32)}`,
  'b/42',
  'e/0/1/double-vote/7',
  'm/roster',
];

/** Items of every kind, changed, in one batch: the ledger reads what the door let through, and more. */
function items(): Subject {
  const samples = WIRE_TYPES.filter(({ name }) => ITEM_KINDS.includes(name.replace('device-', '') as never));
  const generate = inputsFrom('bytes', (rng) => rng.pick(samples).sample(rng));
  return {
    generate,
    take: (input, rng) => {
      const batch = { id: '11'.repeat(32), author: 1, seq: 0, baseHeight: 0 };
      const list: BatchItem[] = [{ kind: rng.pick(ITEM_KINDS), bytes: input.slice(0, BATCH_BYTES_MAX) }];
      const decoded = decodeBatchItems({ ...batch, items: list } as never, '22'.repeat(32) as never);
      return decoded.items[0]?.kind !== 'malformed';
    },
  };
}

export const targets: readonly Target[] = [
  stateless('ledger/state-key', () => ({
    generate: inputsFrom('text', (rng) => utf8(rng.pick(KEYS))),
    take: (input) => isAccepted(() => parseKey(Buffer.from(input).toString())),
  })),
  stateless('ledger/restore-entries', entries, 0.5),
  stateless('ledger/batch-items', items),
];
