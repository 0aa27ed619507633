import type {
  AnchorView,
  ApiEvent,
  ArchivedBlock,
  ArchivedCheckpoint,
  AttestationPorts,
  ConsistencyProof,
  EvidenceEntry,
  EvidencePage,
  GroupSummary,
  ReportFate,
  Round,
  Series,
  StoredRound,
} from '@cairn/http';
import type { Hash, UnixMs } from '@cairn/primitives';
import { headerHash } from '@cairn/protocol';
import type { AnchorRecord } from '@cairn/solana';
import type { Archive, StoredResult } from '@cairn/storage';

/** The part of the server's ports that the archive answers. */
export type ArchivePorts = Pick<
  AttestationPorts,
  | 'groups'
  | 'latestRound'
  | 'round'
  | 'roundAt'
  | 'rounds'
  | 'awaitRound'
  | 'roundsAfter'
  | 'block'
  | 'reportFate'
  | 'reportAttestation'
  | 'checkpoint'
  | 'consistency'
  | 'anchors'
  | 'evidence'
  | 'evidenceById'
  | 'subscribe'
>;

export interface ArchiveApiDependencies {
  readonly archive: Archive<AnchorRecord>;
  readonly subscribe: (listener: (event: ApiEvent) => void) => () => void;
}

/** Answers the API from the archive. All of it was verified before it was written, and is checked again when read. */
export class ArchiveApi implements ArchivePorts {
  readonly #archive: Archive<AnchorRecord>;
  readonly subscribe: ArchivePorts['subscribe'];

  constructor({ archive, subscribe }: ArchiveApiDependencies) {
    this.#archive = archive;
    this.subscribe = subscribe;
  }

  groups(query: { readonly feed: string; readonly afterGroup: string | null; readonly limit: number }): GroupSummary[] {
    const latest = new Map(this.#archive.chain.latestResults(query).map((each) => [each.result.group, each]));
    return this.#archive.chain.groups(query).flatMap(({ group, results }) => {
      const round = latest.get(group);
      return round === undefined ? [] : [{ group, results, latest: round }];
    });
  }

  latestRound(series: Series): Round | null {
    const [latest] = this.#archive.chain.results({ ...series, limit: 1 });
    return this.#prove(latest ?? null);
  }

  round(key: Series & { readonly windowStart: UnixMs }): Round | null {
    return this.#prove(this.#archive.chain.result(key));
  }

  roundAt(key: Series & { readonly at: UnixMs }): Round | null {
    return this.#prove(this.#archive.chain.resultAt(key));
  }

  rounds(query: Series & { readonly from: UnixMs; readonly to: UnixMs; readonly limit: number }): StoredRound[] {
    return [...this.#archive.chain.results(query)];
  }

  awaitRound(query: Series & { readonly after: UnixMs; readonly signal: AbortSignal }): Promise<Round | null> {
    const { feed, group, after, signal } = query;
    const { promise, resolve } = Promise.withResolvers<Round | null>();
    const find = () => this.#archive.chain.resultAfter({ feed, group, after });
    const found = find();
    if (found !== null || signal.aborted) return Promise.resolve(this.#prove(found));
    const finish = (round: Round | null) => {
      unsubscribe();
      signal.removeEventListener('abort', leave);
      resolve(round);
    };
    const leave = () => finish(null);
    const unsubscribe = this.subscribe((event) => {
      if (event.topic === 'round' && event.feed === feed && event.group === group && event.windowStart > after) {
        finish(this.#prove(find()));
      }
    });
    signal.addEventListener('abort', leave);
    return promise;
  }

  roundsAfter(query: { readonly height: number; readonly position: number; readonly limit: number }): Round[] {
    return this.#archive.chain.resultsBehind(query).flatMap((result) => this.#prove(result) ?? []);
  }

  block(height: number): ArchivedBlock | null {
    const { chain } = this.#archive;
    const header = chain.header(height);
    const bytes = chain.headerBytes(height);
    if (header === null || bytes === null) return null;
    return {
      header: bytes,
      hash: headerHash(header),
      certified: chain.certifiedBlock(height),
      note: chain.note(height),
      results: chain.blockResults(height),
      receipts: countCodes(chain.receipts(height)),
    };
  }

  reportFate(id: Hash): ReportFate {
    const fate = this.#archive.chain.certifiedFate(id);
    return fate === null ? { status: 'unknown' } : { status: 'certified', height: fate.height, code: fate.code };
  }

  reportAttestation(id: Hash) {
    return this.#archive.attestations.forReport(id);
  }

  checkpoint(treeSize: number | null): ArchivedCheckpoint | null {
    const found = treeSize === 0 ? null : this.#archive.checkpoint(treeSize);
    if (found === null) return null;
    const { root, headerHash: hash, note } = found;
    return { treeSize: found.treeSize, root, headerHash: hash, note };
  }

  consistency(sizes: { readonly firstSize: number; readonly secondSize: number }): ConsistencyProof | null {
    const { chain, proofs } = this.#archive;
    const { firstSize, secondSize } = sizes;
    if (firstSize < 1 || firstSize > secondSize || secondSize > chain.tip().height + 1) return null;
    const [firstRoot, secondRoot] = [proofs.logRoot(firstSize), proofs.logRoot(secondSize)];
    return { firstSize, firstRoot, secondSize, secondRoot, proof: proofs.consistency(sizes) };
  }

  anchors(query: { readonly below: number; readonly limit: number }): AnchorView[] {
    return this.#archive.anchors.list(query).map(anchorView);
  }

  evidence(page: EvidencePage): readonly EvidenceEntry[] {
    return this.#archive.chain.evidence(page);
  }

  evidenceById(id: Hash): EvidenceEntry | null {
    return this.#archive.chain.evidenceById(id);
  }

  #prove(stored: StoredResult | null): Round | null {
    if (stored === null) return null;
    const attestation = this.#archive.attestations.forResult(stored.result);
    return attestation === null ? null : { ...stored, attestation };
  }
}

/** What the API shows of an anchor's record: not the transaction's bytes. */
export function anchorView(record: AnchorRecord): AnchorView {
  const { transaction, chain, status, treeSize, root, headerHash: hash, note, slot, blockTime } = record;
  const { submittedAt, attempt, feeLamports } = record;
  const place = { transaction, chain, status, treeSize, root, headerHash: hash, note, slot, blockTime };
  return { ...place, submittedAt, attempt, feeLamports };
}

function countCodes(receipts: readonly { readonly code: string }[] | null): Readonly<Record<string, number>> | null {
  if (receipts === null) return null;
  const counts: Record<string, number> = {};
  for (const { code } of receipts) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
