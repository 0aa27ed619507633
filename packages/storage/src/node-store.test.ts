import { NodeStore, type NodeStoreOptions } from './node-store.ts';
import type { NodeStorePort } from './node-store-port.ts';
import { describeNodeStore } from './testing/compliance.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

const optionsOf = new WeakMap<NodeStorePort, NodeStoreOptions>();

function open(options: NodeStoreOptions): NodeStore {
  const store = NodeStore.open(options);
  optionsOf.set(store, options);
  return store;
}

describeNodeStore('NodeStore', {
  create: ({ genesis }) => open({ dataDir: temporaryDirectory(), genesis, author: 1 }),
  reopen: (store) => {
    store.close();
    return open(optionsOf.get(store)!);
  },
  destroy: (store) => {
    store.close();
    removeDirectory(optionsOf.get(store)!.dataDir);
  },
});
