import { utf8 } from '@cairn/primitives';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Connection, Stream } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import type { Network } from '../network.ts';
import { TEST_TAG } from './libp2p-committee.ts';

/** libp2p without our manners: what a hostile or broken peer may do. */
export class RawPeer {
  readonly node: Libp2p;

  private constructor(node: Libp2p) {
    this.node = node;
  }

  static async start(options: { seed: Uint8Array; networkTag?: string; listen?: string[] }): Promise<RawPeer> {
    const node = await createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', options.seed),
      addresses: { listen: options.listen ?? [] },
      transports: [tcp()],
      connectionEncrypters: [noise({ prologueBytes: utf8(`cairn/${options.networkTag ?? TEST_TAG}`) })],
      streamMuxers: [yamux()],
      connectionGater: { denyDialMultiaddr: () => false },
      services: { identify: identify({ protocolPrefix: 'cairn' }), ping: ping() },
    });
    return new RawPeer(node);
  }

  async connect(network: Network): Promise<Connection> {
    return await this.node.dial(multiaddr(network.addresses()[0] as string), { force: true });
  }

  static protocol(name: string): string {
    return `/cairn/${TEST_TAG}/${name}/1`;
  }

  async stop(): Promise<void> {
    await this.node.stop();
  }
}

export async function closed(target: Stream | Connection): Promise<void> {
  if (target.status !== 'open') return;
  await new Promise<void>((resolve) => {
    (target as EventTarget).addEventListener('close', () => resolve());
  });
}
