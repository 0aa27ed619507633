import { expect, it } from 'vitest';
import { MemoryDisk } from './memory-disk.ts';
import { simGenesis } from './sim-genesis.ts';
import { SIM_FEED } from './workload.ts';

it('throws the tail of a torn write away, and takes no write behind it before that', () => {
  const { genesis } = simGenesis({ seed: 1, memberCount: 4, feeds: [SIM_FEED], isRealFrost: false });
  const disk = new MemoryDisk(genesis, 0);
  const halted = { kind: 'halted', height: 1, reason: 'test' } as const;
  disk.tear([halted]);
  expect(() => disk.append([halted])).toThrow(/torn/);
  expect(disk.restore().halted).toBeNull();
  disk.append([halted]);
  expect(disk.restore().halted).toBe('test');
});
