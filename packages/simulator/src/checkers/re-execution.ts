import { consistencyProof, LogFrontier, verifyConsistency } from '@cairn/merkle';
import type { Hash, MemberIndex } from '@cairn/primitives';
import {
  blockHash,
  type CertifiedBlock,
  checkpointText,
  decodeCertifiedBlock,
  encodeCertifiedBlock,
  encodeHeader,
  type Genesis,
  genesisHeader,
  type ReceiptCode,
} from '@cairn/protocol';
import {
  Chain,
  type Commit,
  certificateFault,
  followCertified,
  type JournalEntry,
  type NetworkDoor,
  openBatches,
} from '@cairn/replica';
import type { ThresholdScheme } from '@cairn/threshold';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/**
 * An independent follower: every certified block, from its bytes, re-executes to its own header, and every member's
 * commit of that height says the same. Its log answers whether any two checkpoints are consistent.
 */
export class ReExecution implements Checker {
  readonly name = 're-execution';
  /** Fate of every item in the chain; a deferred one's last. */
  readonly receipts = new Map<Hash, ReceiptCode>();
  readonly #door: NetworkDoor;
  readonly #scheme: ThresholdScheme;
  readonly #chain: Chain;
  readonly #headers: Uint8Array[];
  /** By height: of the log over headers 0 .. height. */
  readonly #frontiers: LogFrontier[];
  readonly #commits: Commit[] = [];

  constructor(genesis: Genesis, door: NetworkDoor, scheme: ThresholdScheme) {
    this.#door = door;
    this.#scheme = scheme;
    this.#chain = new Chain({ genesis });
    const header0 = encodeHeader(genesisHeader(genesis));
    this.#headers = [header0];
    this.#frontiers = [LogFrontier.empty.append(header0)];
  }

  get height(): number {
    return this.#chain.tip.header.height;
  }

  /** Of the block of that height. */
  get time(): number {
    return this.#chain.tip.header.time;
  }

  /** Of the log over headers 0 .. height; undefined above the tip. */
  rootAt(height: number): string | undefined {
    return this.#commits[height - 1]?.logRoot;
  }

  /** Of accepted reports per certified block, in order. */
  get commits(): readonly Commit[] {
    return this.#commits;
  }

  onDurable(member: MemberIndex, entries: readonly JournalEntry[]): void {
    for (const entry of entries) if (entry.kind === 'certified') this.#check(member, entry.commit);
  }

  /** Whether the group signed this header at its height, after the chain that the follower knows. */
  isSigned(certified: CertifiedBlock): boolean {
    const { header } = certified.block;
    const before = this.#frontiers[header.height - 1];
    if (before === undefined) return false;
    const frontier = before.append(encodeHeader(header));
    const { networkName } = this.#chain.genesis;
    const { networkId } = this.#chain;
    const root = frontier.root();
    const checkpoint = {
      networkName,
      networkId,
      treeSize: frontier.size,
      root,
      headerHash: blockHash(certified.block),
    };
    const { groupKey } = this.#chain.committee;
    return this.#scheme.verifySignature(groupKey, checkpointText(checkpoint), certified.groupSignature);
  }

  #check(member: MemberIndex, commit: Commit): void {
    if (commit.height === this.#chain.nextHeight) this.#follow(member, commit);
    const own = this.#commits[commit.height - 1];
    demand(own !== undefined, this.name, () => `member ${member} skipped to height ${commit.height}`);
    const isSame = own.blockHash === commit.blockHash;
    demand(own.logRoot === commit.logRoot, 'log-consistency', () => `member ${member}'s root at ${commit.height}`);
    const isSameFate = own.receipts.length === commit.receipts.length && own.results.length === commit.results.length;
    demand(isSame && isSameFate, this.name, () => `member ${member} commits ${commit.height} otherwise`);
  }

  #follow(member: MemberIndex, commit: Commit): void {
    const certified = decodeCertifiedBlock(encodeCertifiedBlock(commit.certified));
    const fault = certificateFault(certified, this.#door);
    demand(fault === null, this.name, () => `member ${member} commits ${commit.height}: ${fault}`);
    const bytes = commit.batches.map((batch) => batch.bytes);
    // Device signatures are checked here once more: a certified block holds no report that its device did not sign.
    const opened = openBatches(certified.block.batchIds, bytes, this.#door);
    demand(opened.ok, this.name, () => `a batch of ${commit.height}: ${opened.ok ? '' : opened.fault}`);
    const followed = followCertified(this.#chain, { certified, batches: opened.batches }, this.#scheme.verifySignature);
    demand(followed.kind === 'committed', this.name, () => {
      return `height ${commit.height} is ${followed.kind}: ${followed.kind === 'committed' ? '' : followed.fault}`;
    });
    this.#commits.push(followed.commit);
    this.#headers.push(encodeHeader(certified.block.header));
    this.#frontiers.push(this.#chain.frontier);
    for (const { id, code } of followed.commit.receipts) this.receipts.set(id, code);
  }

  /** Log consistency between checkpoints: each with the next, and the first with the last. */
  atEnd(): void {
    const last = this.#frontiers.length;
    for (let size = 1; size < last; size++) this.#checkConsistency(size, size + 1);
    if (last > 1) this.#checkConsistency(1, last);
    if (last > 2) this.#checkConsistency(last >> 1, last);
  }

  #checkConsistency(firstSize: number, secondSize: number): void {
    const proof = consistencyProof(this.#headers.slice(0, secondSize), firstSize);
    const rootOf = (size: number) => (this.#frontiers[size - 1] as LogFrontier).root();
    const claim = { firstSize, secondSize, firstRoot: rootOf(firstSize), secondRoot: rootOf(secondSize), proof };
    demand(verifyConsistency(claim), 'log-consistency', () => `trees of ${firstSize} and ${secondSize} headers`);
  }
}
