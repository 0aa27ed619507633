import { type Genesis, genesisHeader, networkIdOf } from '@cairn/protocol';
import { type AttestationDependencies, Attestations } from './attestations.ts';
import { ChainProofs } from './chain-proofs.ts';
import type { ChainReads } from './chain-reads.ts';
import { ChainTables } from './chain-tables.ts';
import type { DataDirLock } from './data-dir-lock.ts';
import type { PruneOptions, PruneResult } from './node-store-port.ts';
import { openDatabase } from './open-database.ts';
import type { StoreOptions } from './options.ts';
import type { StoreRole } from './schema.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

export interface ChainStoreOptions extends Partial<StoreOptions> {
  readonly dataDir: string;
  readonly genesis: Genesis;
}

/** What a member's store and an archive have in common: one database with a chain in it. */
export class ChainStore {
  readonly database: SqliteDatabase;
  readonly tables: ChainTables;
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  readonly #genesis: Genesis;
  readonly #lock: DataDirLock | null;

  /**
   * @throws STORAGE_LOCKED, STORAGE_NETWORK_MISMATCH, STORAGE_ROLE_MISMATCH, STORAGE_VERSION_UNKNOWN,
   * STORAGE_DATA_MISSING, STORAGE_CORRUPT, STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  constructor(role: StoreRole, options: ChainStoreOptions) {
    const { dataDir, genesis } = options;
    const networkId = networkIdOf(genesis);
    const { database, lock } = openDatabase({ dataDir, role, networkId, options });
    this.database = database;
    this.#lock = lock;
    this.#genesis = genesis;
    this.tables = new ChainTables({ networkId }, { database });
    this.chain = this.tables.reads;
    this.proofs = new ChainProofs({ source: this.chain });
    try {
      if (lock !== null) this.transaction(() => this.tables.writeGenesis(genesisHeader(genesis)));
      this.tables.reads.checkTip();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  attestations(anchorCovering: AttestationDependencies['anchorCovering']): Attestations {
    const network = { ...this.#genesis, networkId: networkIdOf(this.#genesis) };
    return new Attestations(network, { chain: this.chain, proofs: this.proofs, anchorCovering });
  }

  /** All or nothing, durable on return. */
  transaction<T>(work: () => T): T {
    try {
      return this.database.transaction(work);
    } catch (error) {
      this.tables.forget();
      throw error;
    }
  }

  prune(options: PruneOptions): PruneResult {
    return this.transaction(() => this.tables.prune(options));
  }

  /** Reads every page. For an operator's check, since it takes as long as the disk needs. @throws STORAGE_CORRUPT */
  checkIntegrity(): void {
    this.database.checkIntegrity();
  }

  close(): void {
    this.database.close();
    this.#lock?.release();
  }
}
