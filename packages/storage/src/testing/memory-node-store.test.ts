import { describe, expect, it } from 'vitest';
import { ChainFixture } from './chain-fixture.ts';
import { describeNodeStore } from './compliance.ts';
import { MemoryNodeStore } from './memory-node-store.ts';

describeNodeStore('MemoryNodeStore', {
  create: ({ genesis }) => new MemoryNodeStore({ genesis, author: 1 }),
  // a crash loses the process, not the disk
  reopen: (store) => store,
  destroy: () => {},
});

describe('MemoryNodeStore', () => {
  it.each(['STORAGE_DISK_FULL', 'STORAGE_IO_INVALID'] as const)('fails with %s when told to, and heals', (code) => {
    const chain = new ChainFixture();
    const store = new MemoryNodeStore({ genesis: chain.genesis, author: 1 });
    const entries = [{ kind: 'item', item: chain.item() }] as const;
    store.fail(code);
    expect(() => store.append(entries)).toThrow(expect.objectContaining({ code }));
    expect(store.restore().items).toEqual([]);
    store.fail(null);
    store.append(entries);
    expect(store.restore().items.length).toBe(1);
  });
});
