import type { Connection, Stream, StreamMessageEvent, Topology } from '@libp2p/interface';
import type { Registrar } from '@libp2p/interface-internal';

interface Door {
  isMember(connection: Connection): boolean;
  onRefused(): void;
  /** Called for each inbound gossip stream of a member, before gossipsub reads from it. */
  onStream(stream: Stream, connection: Connection): void;
  /** Gives out gossipsub's own callback, by which it opens its outbound stream to a peer. */
  onTopology(topology: Topology): void;
}

/**
 * The registrar as gossipsub sees it: only members exist. A stranger that could speak gossipsub could have messages
 * marked as seen before they are judged, and would have to be counted, scored and stored.
 */
export function memberOnlyRegistrar(registrar: Registrar, door: Door): Registrar {
  const wrapped: Pick<Registrar, 'handle' | 'unhandle' | 'register' | 'unregister' | 'getTopologies' | 'getProtocols'> =
    {
      handle: (protocol, handler, options) =>
        registrar.handle(
          protocol,
          (stream, connection) => {
            if (!door.isMember(connection)) {
              door.onRefused();
              stream.abort(new Error('members only'));
              return;
            }
            door.onStream(stream, connection);
            return handler(stream, connection);
          },
          options,
        ),
      register: (protocol, topology, options) => {
        door.onTopology(topology);
        const filtered: Topology = {
          ...topology,
          onConnect: (peerId, connection) => {
            if (door.isMember(connection)) topology.onConnect?.(peerId, connection);
          },
        };
        return registrar.register(protocol, filtered, options);
      },
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      unregister: (id) => registrar.unregister(id),
      getTopologies: (protocol) => registrar.getTopologies(protocol),
      getProtocols: () => registrar.getProtocols(),
    };
  // gossipsub calls no other method of it.
  return wrapped as Registrar;
}

/**
 * Watches the lengths of gossipsub's own frames (an unsigned varint before each RPC) without keeping their bytes.
 * gossipsub itself only stops reading such a stream, and would be deaf to that peer until the next connection.
 */
export class VarintFrameWatch {
  readonly #frameBytesMax: number;
  #missing = 0;
  #length = 0;
  #shift = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** @returns whether a frame is announced that is too long, or a length that is none. */
  judge(event: StreamMessageEvent): 'accept' | 'oversized' | 'malformed' {
    const chunk = event.data.subarray();
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, chunk.length - offset);
        this.#missing -= taken;
        offset += taken;
        continue;
      }
      const byte = chunk[offset++] as number;
      this.#length += (byte & 127) * 2 ** this.#shift;
      this.#shift += 7;
      if (this.#shift > 35) return 'malformed';
      if (this.#length > this.#frameBytesMax) return 'oversized';
      if (byte < 128) {
        this.#missing = this.#length;
        this.#length = 0;
        this.#shift = 0;
      }
    }
    return 'accept';
  }
}
