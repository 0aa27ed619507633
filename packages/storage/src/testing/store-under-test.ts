import type { Batch } from '@cairn/protocol';
import type { RestoredReplica } from '@cairn/replica';
import { expect } from 'vitest';
import type { NodeStorePort } from '../node-store-port.ts';
import { ChainFixture } from './chain-fixture.ts';

/** How the suite makes the store under test and lets it crash. */
export interface StoreHarness {
  /** An empty store of a new place, for member AUTHOR of the fixture's network. */
  create(chain: ChainFixture): NodeStorePort;
  /** What a new process finds in the same place. */
  reopen(store: NodeStorePort): NodeStorePort;
  destroy(store: NodeStorePort): void;
}

export const AUTHOR = 1;

export function refused(code: string): unknown {
  return expect.objectContaining({ code });
}

/** A store and the chain that it is fed with, new for each test. */
export class StoreUnderTest {
  chain!: ChainFixture;
  store!: NodeStorePort;
  readonly #harness: StoreHarness;

  constructor(harness: StoreHarness) {
    this.#harness = harness;
  }

  begin(): void {
    this.chain = new ChainFixture();
    this.store = this.#harness.create(this.chain);
  }

  reopen(): RestoredReplica {
    this.store = this.#harness.reopen(this.store);
    return this.store.restore();
  }

  /** Certifies blocks up to `height`. */
  certify(height: number): void {
    for (const commit of this.chain.growTo(height).slice(this.store.chain.tip().height)) {
      this.store.append([{ kind: 'certified', commit }]);
    }
  }

  /** Certifies one more block, of exactly these batches. */
  certifyWith(batches: readonly Batch[]): void {
    this.store.append([{ kind: 'certified', commit: this.chain.grow(batches) }]);
  }

  destroy(): void {
    this.#harness.destroy(this.store);
  }
}
