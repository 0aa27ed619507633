import { describe, expect, it } from 'vitest';
import { createNetwork } from './index.ts';
import { Recorder, testMembers } from './testing/index.ts';

describe('libp2p network', () => {
  it('a lone member starts, has an address and stops', async () => {
    const { seeds, members } = await testMembers(1);
    const network = await createNetwork(
      { identitySeed: seeds[0]!, members, networkTag: 'ab'.repeat(32) },
      { handlers: new Recorder() },
    );
    expect(network.addresses()[0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//);
    await network.stop();
  });
});
