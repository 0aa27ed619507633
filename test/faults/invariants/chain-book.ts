import { setImmediate as turn } from 'node:timers/promises';
import { verifySignature } from '@cairn/crypto';
import type { Hash } from '@cairn/primitives';
import {
  decodeCertifiedBlock,
  decodeCheckpointNote,
  type Genesis,
  networkIdOf,
  type PrepareCertificate,
  type ReceiptCode,
} from '@cairn/protocol';
import { Chain, type Commit, certificateFault, followCertified, networkDoor, openBatches } from '@cairn/replica';
import { demand } from '@cairn/simulator';
import { Archive, type ChainProofs, type ChainReads, NodeStore } from '@cairn/storage';
import { frostScheme } from '@cairn/threshold';
import { verifyCheckpoint, verifyConsistencyOf } from '@cairn/verify';

export type ChainRole = 'node' | 'archive';

/** Where a chain is to be read. */
export interface ChainPlace {
  readonly name: string;
  readonly role: ChainRole;
  readonly dataDir: string;
}

export interface ChainBookOptions {
  readonly genesis: Genesis;
  /** Whether a device of the run signed the report. */
  readonly isSigned: (id: Hash) => boolean;
  readonly onCertificate: (certificate: PrepareCertificate, where: string) => void;
}

interface OpenChain {
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  close(): void;
}

const BLOCK_BYTES_MAX = 64 * 1024 * 1024;
const CACHE_BYTES = 4 * 1024 * 1024;

/**
 * The one chain that all disks must hold. Whoever has a height first is followed as a stranger would: certificate, group
 * signature, every device's signature, execution, every field of the header. All others must have the same.
 */
export class ChainBook {
  /** Fate of every item in the chain; accepted stays. */
  readonly receipts = new Map<Hash, ReceiptCode>();
  readonly #options: ChainBookOptions;
  readonly #door: ReturnType<typeof networkDoor>;
  readonly #chain: Chain;
  readonly #commits: Commit[] = [];
  /** Heights that were read, by place. */
  readonly #read = new Map<string, number>();

  constructor(options: ChainBookOptions) {
    this.#options = options;
    this.#door = networkDoor(options.genesis, { verify: verifySignature, scheme: frostScheme });
    this.#chain = new Chain({ genesis: options.genesis });
  }

  get height(): number {
    return this.#commits.length;
  }

  /** Accepted reports in the chain. */
  get accepted(): number {
    return this.#commits.reduce((sum, { acceptedReports }) => sum + acceptedReports.length, 0);
  }

  /** Blocks that were certified in a view above 0. */
  get changesOfView(): number {
    return this.#commits.filter(({ certified }) => certified.certificate.view > 0).length;
  }

  /** Reads what is new in a place. @returns its height. @throws Violation */
  async read(place: ChainPlace): Promise<number> {
    const store = openChain(place, this.#options.genesis);
    try {
      const tip = store.chain.tip().height;
      const from = this.#read.get(place.name) ?? 0;
      demand(tip >= from, 'blocks-lost', () => `${place.name} had ${from} blocks and has ${tip}`);
      this.#checkHash(place, store, from);
      for (let height = from + 1; height <= tip; height++) {
        this.#readBlock(place, store, height);
        // others of this process wait: relays, the workload
        await turn();
      }
      this.#read.set(place.name, tip);
      if (tip > 1) this.#checkConsistency(place, store, { first: Math.max(1, from), last: tip });
      return tip;
    } finally {
      store.close();
    }
  }

  #readBlock(place: ChainPlace, store: OpenChain, height: number): void {
    const [encoded] = store.chain.certifiedRange({ fromHeight: height, toHeight: height, bytesMax: BLOCK_BYTES_MAX });
    demand(encoded !== undefined, 'blocks-lost', () => `${place.name} lacks block ${height} below its tip`);
    const certified = decodeCertifiedBlock(encoded.certified);
    const fault = certificateFault(certified, this.#door);
    demand(fault === null, 'certificate', () => `of ${height} in ${place.name}: ${fault}`);
    this.#options.onCertificate(certified.certificate, place.name);
    if (height === this.height + 1) this.#follow(place, certified, encoded.batches);
    this.#checkHash(place, store, height);
    const own = this.#commits[height - 1] as Commit;
    const receipts = store.chain.receipts(height) ?? [];
    const isSame =
      receipts.length === own.receipts.length &&
      receipts.every(({ id, code }, i) => id === own.receipts[i]?.id && code === own.receipts[i]?.code);
    demand(isSame, 're-execution', () => `the receipts of ${height} in ${place.name} are others`);
    this.#checkNote(place, store, height);
  }

  #follow(place: ChainPlace, certified: Commit['certified'], batches: readonly Uint8Array[]): void {
    const { height } = certified.block.header;
    const opened = openBatches(certified.block.batchIds, batches, this.#door);
    demand(opened.ok, 're-execution', () => `a batch of ${height} in ${place.name}: ${opened.ok ? '' : opened.fault}`);
    const followed = followCertified(this.#chain, { certified, batches: opened.batches }, verifySignature);
    demand(followed.kind === 'committed', 're-execution', () => {
      return `${height} in ${place.name} is ${followed.kind}: ${followed.kind === 'committed' ? '' : followed.fault}`;
    });
    for (const id of followed.commit.acceptedReports) {
      demand(this.#options.isSigned(id), 'forged-report', () => `${height} accepts ${id}, which no device signed`);
    }
    for (const { id, code } of followed.commit.receipts) {
      if (this.receipts.get(id) !== 'accepted') this.receipts.set(id, code);
    }
    this.#commits.push(followed.commit);
  }

  #checkHash(place: ChainPlace, store: OpenChain, height: number): void {
    if (height === 0) return;
    const own = this.#commits[height - 1]?.blockHash;
    demand(own !== undefined && store.chain.heightOf(own) === height, 'one-block-per-height', () => {
      return `${place.name} holds another block at height ${height} than ${own?.slice(0, 12)}`;
    });
  }

  #checkNote(place: ChainPlace, store: OpenChain, height: number): void {
    const note = store.chain.note(height) ?? '';
    const { genesis } = this.#options;
    const trust = { networkId: networkIdOf(genesis), groupKey: genesis.groupKey };
    const report = verifyCheckpoint(note, trust);
    demand(report.verified, 'checkpoint', () => `of ${height} in ${place.name}: ${JSON.stringify(report.checks)}`);
    const { checkpoint } = decodeCheckpointNote(note);
    const own = this.#commits[height - 1] as Commit;
    const isSame =
      checkpoint.treeSize === height + 1 && checkpoint.root === own.logRoot && checkpoint.headerHash === own.blockHash;
    demand(isSame, 'checkpoint', () => `of ${height} in ${place.name} is of another log`);
  }

  #checkConsistency(place: ChainPlace, store: OpenChain, { first, last }: { first: number; last: number }): void {
    const { genesis } = this.#options;
    const proof = store.proofs.consistency({ firstSize: first + 1, secondSize: last + 1 });
    const notes = { first: store.chain.note(first) ?? '', second: store.chain.note(last) ?? '' };
    const trust = { networkId: networkIdOf(genesis), groupKey: genesis.groupKey };
    const report = verifyConsistencyOf({ ...notes, proof }, trust);
    demand(report.verified, 'checkpoint', () => `${place.name}, ${first} to ${last}: ${JSON.stringify(report.checks)}`);
  }
}

function openChain({ role, dataDir }: ChainPlace, genesis: Genesis): OpenChain {
  const options = { dataDir, genesis, readOnly: true, cacheBytes: CACHE_BYTES };
  return role === 'archive' ? Archive.open(options) : NodeStore.open({ ...options, author: null });
}
