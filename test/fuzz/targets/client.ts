// What servers answer to our own programs: a lying gateway, API, follower's source or RPC must not make them die.
import { CairnClient } from '@cairn/client';
import { DeviceKey } from '@cairn/device';
import { encodeSyncBlocks } from '@cairn/http';
import { type Rng, toHash, utf8 } from '@cairn/primitives';
import { attestationToJson, decodeReport, encodeCertifiedBlock, encodeGenesis } from '@cairn/protocol';
import { RpcChainClient, toBase58 } from '@cairn/solana';
import { networkFixture } from '@cairn/verify/fixture';
import { NodeSource } from '../../../aggregator/src/node-source.ts';
import { networkFacts } from '../../../node/src/device-command/network-facts.ts';
import { EventParser } from '../../../packages/client/src/event-parser.ts';
import { Gateway } from '../../../packages/device/src/gateway.ts';
import { certifiedBlockOf } from '../../vectors/random-nouns.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, isAccepted, isAcceptedLater, type Subject, stateless, type Target } from '../target.ts';

const network = networkFixture({ blockCount: 6 });
const trust = { networkId: network.networkId, groupKey: network.groupKey };
const URL_OF_NOBODY = 'http://127.0.0.1:9';
const patient = new AbortController().signal;

/** Answers every request with these bytes. */
function answering(input: Uint8Array, type = 'application/json'): typeof fetch {
  return async () => new Response(input as Uint8Array<ArrayBuffer>, { status: 200, headers: { 'content-type': type } });
}

/** For programs that use the global fetch. */
async function withFetch(answer: typeof fetch, work: () => Promise<unknown>): Promise<unknown> {
  const before = globalThis.fetch;
  globalThis.fetch = answer;
  try {
    return await work();
  } finally {
    globalThis.fetch = before;
  }
}

const json = (value: unknown) => utf8(JSON.stringify(value));
const envelope = (data: unknown) => json({ data, timestampMs: 1, height: 3 });

function ofApi(sample: (rng: Rng) => Uint8Array, ask: (client: CairnClient) => Promise<unknown>): () => Subject {
  return () => ({
    generate: inputsFrom('json', sample),
    take: (input) =>
      isAcceptedLater(() => ask(new CairnClient({ baseUrl: URL_OF_NOBODY, trust }, { fetch: answering(input) }))),
  });
}

const rounds = [1, 2, 3].map((height) => network.attestation({ height, index: 1 }));
const [first] = rounds as [(typeof rounds)[0]];
const series =
  first.subject.kind === 'result'
    ? { feed: first.subject.result.feed, group: first.subject.result.group }
    : { feed: '' };
const reports = [1, 2].map((height) => network.attestation({ kind: 'report', height }));
const reportId =
  reports[0]?.subject.kind === 'report' ? decodeReport(reports[0].subject.report, network.networkId).report.id : '';

const rpcAnswers: readonly unknown[] = [
  toBase58(new Uint8Array(32).fill(3)),
  { absoluteSlot: 9, blockHeight: 8 },
  { context: { slot: 3 }, value: { blockhash: toBase58(new Uint8Array(32).fill(4)), lastValidBlockHeight: 5 } },
  { context: { slot: 3 }, value: [{ slot: 2, confirmationStatus: 'confirmed', err: null }] },
  { slot: 4, transaction: ['AQ==', 'base64'], meta: { err: null }, blockTime: 7 },
  [{ prioritizationFee: 3, slot: 1 }],
];
const rpcCalls: readonly ((client: RpcChainClient) => Promise<unknown>)[] = [
  (client) => client.chain(),
  (client) => client.finalizedHead(),
  (client) => client.recentBlockhash(),
  (client) => client.balance('x'),
  (client) => client.priorityFee(),
  (client) => client.send(new Uint8Array(3)),
  (client) => client.statuses(['x']),
  (client) => client.blockTimeMs(3),
  (client) => client.transaction(toBase58(new Uint8Array(64).fill(5))),
];

const deviceKey = DeviceKey.fromSeed(new Uint8Array(32).fill(5));
const id = toHash('ab'.repeat(32));

export const targets: readonly Target[] = [
  stateless('client/events', () => ({
    generate: inputsFrom('text', (rng) =>
      utf8(`id: 3-${rng.integer(0, 9)}\nevent: round\ndata: {"a":1}\nretry: 5\n\n`),
    ),
    take: (input, rng) =>
      isAccepted(() => {
        const parser = new EventParser({ lengthMax: 4096 });
        for (let at = 0; at < input.length; ) {
          const size = rng.integer(1, 400);
          parser.push(input.subarray(at, at + size));
          at += size;
        }
      }),
  })),
  stateless(
    'client/latest',
    ofApi(
      (rng) => envelope(attestationToJson(rng.pick(rounds))),
      (client) => client.latest(series),
    ),
    0.05,
  ),
  stateless(
    'client/report',
    ofApi(
      (rng) => envelope(attestationToJson(rng.pick(reports))),
      (client) => client.report(reportId),
    ),
    0.05,
  ),
  stateless(
    'client/checkpoint',
    ofApi(
      (rng) => envelope({ note: network.note(rng.integer(1, 6)) }),
      (client) => client.checkpoint(),
    ),
    0.05,
  ),
  stateless(
    'client/history',
    ofApi(
      () => json({ data: [{ windowStart: 3 }, { windowStart: 1 }], page: { next: null } }),
      async (client) => {
        for await (const _ of client.history({ ...series, limit: 3 })) throw new Broken('a round without a proof');
      },
    ),
    0.05,
  ),
  stateless(
    'client/genesis',
    () => ({
      generate: inputsFrom('cbor', () => encodeGenesis(network.genesis)),
      take: (input) => {
        const { networkId } = network;
        const client = new CairnClient({ baseUrl: URL_OF_NOBODY, trust: { networkId } }, { fetch: answering(input) });
        return isAcceptedLater(() => client.genesis());
      },
    }),
    0.05,
  ),
  stateless(
    'client/device-gateway',
    () => {
      const host = (fetch: typeof globalThis.fetch) => ({ fetch }) as never;
      return {
        generate: inputsFrom('json', (rng) =>
          envelope(
            rng.chance(0.5) ? { reports: [{ id, status: 'accepted' }] } : { id, status: 'certified', height: 3 },
          ),
        ),
        take: (input, rng) => {
          const gateway = new Gateway({ url: URL_OF_NOBODY, timeoutMs: 5000 }, { host: host(answering(input)) });
          const signal = patient;
          return isAcceptedLater(() =>
            rng.chance(0.5) ? gateway.submit([{ id, bytes: new Uint8Array(3) }], { signal }) : gateway.fate(id, signal),
          );
        },
      };
    },
    0.05,
  ),
  stateless(
    'client/network-facts',
    () => ({
      generate: inputsFrom('json', () =>
        envelope({ networkId: network.networkId, networkName: 'x', 0: { id: 'air', channels: [] }, length: 1 }),
      ),
      take: (input) => {
        // one look: what cannot be reached is asked again for ever
        const stop = new AbortController();
        const clock = { sleep: async () => stop.abort() } as never;
        const asked = { clock, signal: stop.signal, say: () => {} };
        return isAcceptedLater(() => withFetch(answering(input), () => networkFacts([URL_OF_NOBODY], asked)));
      },
    }),
    0.05,
  ),
  stateless(
    'client/node-source',
    () => {
      const source = new NodeSource(URL_OF_NOBODY);
      const request = { from: 1, limit: 4, bytesMax: 64 * 1024, waitMs: 0, timeoutMs: 5000, signal: patient };
      return {
        generate: inputsFrom('cbor', (rng) =>
          encodeSyncBlocks([{ certified: encodeCertifiedBlock(certifiedBlockOf(rng)), batches: [rng.bytes(9)] }]),
        ),
        take: (input) => isAcceptedLater(() => withFetch(answering(input), () => source.fetchBlocks(request))),
      };
    },
    0.05,
  ),
  stateless(
    'client/solana-rpc',
    () => ({
      generate: inputsFrom('json', (rng) => json({ jsonrpc: '2.0', id: 1, result: rng.pick(rpcAnswers) })),
      take: (input, rng) => {
        const client = new RpcChainClient({ rpcUrl: URL_OF_NOBODY });
        const call = rng.pick(rpcCalls);
        return isAcceptedLater(() => withFetch(answering(input), () => call(client)));
      },
    }),
    0.05,
  ),
  stateless('client/device-key', () => ({
    generate: inputsFrom('json', () => utf8(deviceKey.toFileText())),
    take: (input) => isAccepted(() => DeviceKey.parse(Buffer.from(input).toString())),
  })),
];
