// The two HTTP servers with what stands behind them in the real programs, threads aside.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifySignature } from '@cairn/crypto';
import {
  type AttestationPorts,
  createAttestationServer,
  createNodeServer,
  type HttpBounds,
  type HttpObserver,
  type NodePorts,
  type Verdict,
} from '@cairn/http';
import { anAnchor, aStatus, healthy } from '@cairn/http/testing';
import type { Hash } from '@cairn/primitives';
import { Replica } from '@cairn/replica';
import { CertifiedChain } from '@cairn/replica/testing';
import type { AnchorRecord } from '@cairn/solana';
import { Archive } from '@cairn/storage';
import { MemoryNodeStore } from '@cairn/storage/testing';
import { frostScheme } from '@cairn/threshold';
import { ArchiveApi } from '../../../aggregator/src/archive-api.ts';
import { toInput } from '../../../node/src/core/inbox.ts';
import { checkItems } from '../../../node/src/door/check-items.ts';
import { Door } from '../../../node/src/door/door.ts';
import { IntakeDesk } from '../../../node/src/host/intake-desk.ts';

const HEIGHT = 8;
/** What waits for an event must not hold up the next input. */
const BOUNDS: Partial<HttpBounds> = {
  waitMs: 1,
  waitMsMax: 2,
  rate: null,
  requestTimeoutMs: 3000,
  headersTimeoutMs: 3000,
};

export interface HttpWorld {
  readonly chain: CertifiedChain;
  readonly port: number;
  /** Errors of its own that the server has told since the last look. */
  failures(): readonly unknown[];
  close(): Promise<void>;
}

/** The server of a member: real intake desk, door, replica and store. */
export async function nodeWorld(): Promise<HttpWorld> {
  const chain = grownChain();
  const failures = new Failures();
  const server = await createNodeServer({ bounds: BOUNDS }, memberPorts(chain), failures);
  return worldOf(chain, failures, server, () => {});
}

/** The public API of an aggregator: real archive on a disk. */
export async function aggregatorWorld(): Promise<HttpWorld> {
  const chain = grownChain();
  const dataDir = mkdtempSync(join(tmpdir(), 'cairn-fuzz-'));
  const archive = Archive.open<AnchorRecord>({ dataDir, genesis: chain.genesis });
  archive.append(chain.commits);
  const failures = new Failures();
  const server = await createAttestationServer({ bounds: BOUNDS }, publicPorts(chain, archive), failures);
  return worldOf(chain, failures, server, () => {
    archive.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
}

class Failures implements HttpObserver {
  #seen: unknown[] = [];

  failed(error: unknown): void {
    this.#seen.push(error);
  }

  take(): readonly unknown[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }
}

async function worldOf(
  chain: CertifiedChain,
  failures: Failures,
  server: Awaited<ReturnType<typeof createNodeServer>>,
  afterwards: () => void,
): Promise<HttpWorld> {
  const { port } = new URL(await server.start());
  const close = async () => {
    await server.stop();
    afterwards();
  };
  return { chain, port: Number(port), failures: () => failures.take(), close };
}

function grownChain(): CertifiedChain {
  const chain = new CertifiedChain();
  chain.growTo(HEIGHT);
  return chain;
}

function shared(chain: CertifiedChain) {
  const { header } = chain.chain.tip;
  return {
    genesis: () => chain.genesis,
    feeds: () => chain.genesis.feeds,
    position: () => ({ height: header.height, epoch: header.epoch, time: header.time, anchoredSize: 0 }),
    health: () => healthy,
    metrics: async () => ({ contentType: 'text/plain', text: 'cairn_up 1\n' }),
  };
}

function memberPorts(chain: CertifiedChain): NodePorts {
  const store = new MemoryNodeStore({ genesis: chain.genesis, author: 0 });
  for (const commit of chain.commits) store.append([{ kind: 'certified', commit }]);
  const intake = intakeOf(chain, store);
  const fateOf = (id: Hash) => {
    const fate = store.fate(id);
    if (fate === null) return { status: 'unknown' as const };
    return fate.kind === 'pending' ? { status: 'pending' as const } : { status: 'batched' as const };
  };
  const one = async (kind: 'registration' | 'revocation', bytes: Uint8Array) =>
    (await intake.submit(kind, [bytes]))[0] as Verdict;
  return {
    ...shared(chain),
    evidence: (query) => store.chain.evidence(query),
    evidenceById: (id) => store.chain.evidenceById(id),
    submitReports: (reports) => intake.submit('report', reports),
    submitRegistration: (bytes) => one('registration', bytes),
    submitRevocation: (bytes) => one('revocation', bytes),
    awaitCertified: async (ids) => ids.map((id) => ({ fate: fateOf(id), attestation: null })),
    reportFate: async (id) => fateOf(id),
    status: () => aStatus(),
    syncBlocks: async ({ from, limit, bytesMax }) =>
      store.chain
        .certifiedRange({ fromHeight: from, toHeight: from + limit - 1, bytesMax })
        .map(({ certified, batches }) => ({ certified, batches })),
  };
}

/** Desk, door and replica as in a node, in one thread. */
function intakeOf(chain: CertifiedChain, store: MemoryNodeStore): IntakeDesk {
  const door = new Door(
    { genesis: chain.genesis },
    { verify: verifySignature, scheme: frostScheme, breathe: () => {} },
  );
  const options = { genesis: chain.genesis, self: 0, packIntervalMs: 1000 };
  const replica = new Replica(options, store.restore(), { verifyGroupSignature: verifySignature });
  replica.start(chain.time);
  const desk: IntakeDesk = new IntakeDesk({
    soon: (task) => task(),
    toCrypto: (order) => {
      if (order.kind !== 'intake') throw new Error('intake gives nothing else');
      const { request, pack } = order;
      const { ids, faults } = checkItems(pack, door);
      const passed = faults === null ? null : [...faults.keys()].filter((index) => faults[index] === null);
      if (passed?.length !== 0) {
        const step = replica.step({ ...toInput({ kind: 'items', request, pack, ids, passed }), atMs: chain.time });
        for (const answer of step.answers) desk.takeAnswer(answer);
      }
      desk.takeChecked({ kind: 'intake-checked', request, ids, faults });
    },
  });
  return desk;
}

function publicPorts(chain: CertifiedChain, archive: Archive<AnchorRecord>): AttestationPorts {
  const api = new ArchiveApi({ archive, subscribe: () => () => {} });
  const participation = () => ({ window: 10, members: [{ index: 0, votes: 9, lastVotedHeight: HEIGHT }] });
  return Object.assign(api, { ...shared(chain), anchorChain: () => anAnchor().chain, participation });
}
