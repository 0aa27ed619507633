import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError, type PublicKey } from '@cairn/primitives';
import {
  type FeedDefinition,
  type Genesis,
  type GenesisDraft,
  genesisDraftToJson,
  genesisFromJson,
  RULES_VERSION,
} from '@cairn/protocol';
import { DataDirLock, IdentityKeyStore, makeDirectory } from '@cairn/storage';

const MANIFEST = 'devnet.json';
const MANIFEST_VERSION = 1;
/** The passphrases are 32 random bytes: nobody guesses them, however cheap a guess is. */
const KEY_COST = 2 ** 12;
/** A data directory holds these and nothing that is not ours; `--clean` removes nothing else. */
const OWN_NAMES =
  /^(?:devnet\.json|node-\d+|aggregator|devices|logs|attestation\.json|fee-payer\.json|cairn\.pid|lock\.sqlite.*)$/;

/** What the directory was made for; another start must ask for the same. */
interface Manifest {
  readonly schemaVersion: number;
  readonly nodes: number;
  /** The ceremony is complete: from then on there is something to lose. */
  readonly hasKey: boolean;
}

export interface DevnetPlan {
  readonly networkName: string;
  readonly nodes: number;
  readonly feeds: readonly FeedDefinition[];
  readonly blockIntervalMs: number;
  /** Where the members listen at the first start; later starts tell them in their configuration. */
  readonly p2pPorts: readonly number[];
}

/** The files of one devnet: a directory for each process, and what it was made for. */
export class DevnetData {
  readonly dir: string;
  readonly nodes: number;
  readonly #lock: DataDirLock;

  private constructor(dir: string, nodes: number, lock: DataDirLock) {
    this.dir = dir;
    this.nodes = nodes;
    this.#lock = lock;
  }

  /** Makes what is missing. @throws DEVNET_DATA_MISMATCH, STORAGE_LOCKED, STORAGE_* */
  static open(dir: string, plan: DevnetPlan, { isClean }: { readonly isClean: boolean }): DevnetData {
    refuseForeign(dir);
    const lock = DataDirLock.acquire(dir);
    try {
      if (isClean) clean(dir);
      const data = new DevnetData(dir, plan.nodes, lock);
      data.#prepare(plan);
      return data;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  memberDir(index: number): string {
    return join(this.dir, memberName(index));
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  logPath(name: string): string {
    return join(this.dir, 'logs', `${name}.log`);
  }

  /** @returns the genesis document when every member has it; null before the ceremony is complete. */
  genesis(): Genesis | null {
    const paths = Array.from({ length: this.nodes }, (_, index) => join(this.memberDir(index), 'genesis.json'));
    if (!paths.every((path) => existsSync(path))) return null;
    const [first, ...others] = paths.map((path) => readFileSync(path, 'utf8'));
    if (first === undefined || others.some((text) => text !== first)) {
      throw new CairnError('DEVNET_CEREMONY_INVALID', 'the members hold different genesis documents');
    }
    return genesisFromJson(first);
  }

  /** Every member has its share: nothing here is thrown away any more unless `--clean` says so. */
  keepForGood(): void {
    this.#writeManifest({ hasKey: true });
  }

  /** A process's own file, for its owner only. */
  write(text: string, ...parts: readonly string[]): string {
    const path = this.path(...parts);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  close(): void {
    this.#lock.release();
  }

  #prepare(plan: DevnetPlan): void {
    const path = this.path(MANIFEST);
    const made = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : null;
    if (made !== null) checkManifest(made, plan);
    // whatever the manifest says or has lost: a chain and the keys that signed it are removed by `--clean` alone
    if (made?.hasKey === true || this.#hasChain()) return this.#requireGenesis();
    // without a key there is nothing yet that would be worth keeping, and a ceremony is not begun twice
    clean(this.dir);
    const members = Array.from({ length: plan.nodes }, (_, index) => this.#makeMember(index));
    const draft = draftGenesis(plan, members);
    for (let index = 0; index < plan.nodes; index++)
      this.write(genesisDraftToJson(draft), memberName(index), 'draft.json');
    for (const name of ['aggregator', 'devices', 'logs']) makeDirectory(this.path(name));
    this.#writeManifest({ hasKey: false });
  }

  #writeManifest(about: Pick<Manifest, 'hasKey'>): void {
    const manifest: Manifest = { schemaVersion: MANIFEST_VERSION, nodes: this.nodes, ...about };
    this.write(`${JSON.stringify(manifest, null, 2)}\n`, MANIFEST);
  }

  #hasChain(): boolean {
    return Array.from({ length: this.nodes }, (_, index) => this.memberDir(index)).some((dir) =>
      existsSync(join(dir, 'cairn.sqlite')),
    );
  }

  #requireGenesis(): void {
    if (this.genesis() !== null) return;
    throw new CairnError('DEVNET_DATA_MISMATCH', 'a member has lost its genesis document');
  }

  #makeMember(index: number): PublicKey {
    const dataDir = this.memberDir(index);
    rmSync(dataDir, { recursive: true, force: true });
    makeDirectory(dataDir);
    const passphrase = randomBytes(32).toString('hex');
    this.write(`${passphrase}\n`, memberName(index), 'passphrase');
    const seed = randomBytes(32);
    const publicKey = new IdentityKeyStore({ dataDir, passphrase, costN: KEY_COST }).save(seed);
    seed.fill(0);
    return publicKey;
  }
}

export function memberName(index: number): string {
  return `node-${index}`;
}

export function p2pAddress(port: number): string {
  return `/ip4/127.0.0.1/tcp/${port}`;
}

function draftGenesis(plan: DevnetPlan, identityKeys: readonly PublicKey[]): GenesisDraft {
  return {
    rulesVersion: RULES_VERSION,
    networkName: plan.networkName,
    createdAt: Date.now(),
    members: identityKeys.map((identityKey, index) => ({
      name: memberName(index),
      identityKey,
      addresses: [p2pAddress(plan.p2pPorts[index] as number)],
    })),
    parameters: {
      blockIntervalMs: plan.blockIntervalMs,
      viewTimeoutMs: 3000,
      viewTimeoutMsMax: 60_000,
      epochBlocks: 1000,
    },
    feeds: plan.feeds,
    recoveryKeys: [],
    recoveryThreshold: 0,
  };
}

function checkManifest(made: Manifest, { nodes }: DevnetPlan): void {
  if (made.schemaVersion === MANIFEST_VERSION && made.nodes === nodes) return;
  throw new CairnError('DEVNET_DATA_MISMATCH', `the data directory is of ${made.nodes} nodes, not of ${nodes}`);
}

/** Nothing of somebody else's is ever overwritten or removed. */
function refuseForeign(dir: string): void {
  const foreign = existsSync(dir) ? readdirSync(dir).find((name) => !OWN_NAMES.test(name)) : undefined;
  if (foreign === undefined) return;
  throw new CairnError(
    'DEVNET_DATA_MISMATCH',
    `${dir} holds ${foreign}, which is not of a devnet: name another directory`,
  );
}

function clean(dir: string): void {
  for (const name of readdirSync(dir)) {
    // the lock is held by this very process
    if (!/^(?:cairn\.pid|lock\.sqlite.*)$/.test(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
