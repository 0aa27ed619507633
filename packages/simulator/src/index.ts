export * from './event-queue.ts';
export * from './memory-disk.ts';
export * from './sim-node.ts';
export * from './toy-keys.ts';
export * from './workload.ts';
export * from './world.ts';
