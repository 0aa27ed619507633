import { BoundedMap } from '@cairn/primitives';
import type { Connection, ConnectionGater } from '@libp2p/interface';
import type { Counters } from './counters.ts';
import type { MemberRegistry } from './members.ts';
import type { NetworkLimits } from './options.ts';

/** Why a peer is kept out for a while. */
export type BanReason = 'oversized' | 'malformed' | 'flooding';

/** Who may connect: members, a bounded number of others, and for a while nobody who broke a rule. */
export class PeerGate {
  readonly #limits: NetworkLimits;
  readonly #registry: MemberRegistry;
  readonly #counters: Counters;
  readonly #bannedUntilMs = new BoundedMap<string, number>(4_096);
  readonly #connections = new Map<string, Set<Connection>>();
  #strangers = 0;

  constructor(limits: NetworkLimits, dependencies: { registry: MemberRegistry; counters: Counters }) {
    this.#limits = limits;
    this.#registry = dependencies.registry;
    this.#counters = dependencies.counters;
  }

  gater(): ConnectionGater {
    return {
      denyDialPeer: (peerId) => this.isBanned(peerId.toString()),
      // After the handshake, because only then it is known who it is.
      denyInboundEncryptedConnection: (peerId) => {
        const isDenied = this.#isDenied(peerId.toString());
        if (isDenied) this.#counters.count('connectionsRefused', this.#registry.byPeerId(peerId.toString())?.index);
        return isDenied;
      },
      denyDialMultiaddr: () => false,
    };
  }

  /** @returns whether it may stay: several handshakes may have passed the gate at the same time. */
  add(connection: Connection): boolean {
    const peerId = connection.remotePeer.toString();
    const known = this.#connections.get(peerId);
    if (known === undefined) {
      this.#connections.set(peerId, new Set([connection]));
      if (this.#registry.byPeerId(peerId) === undefined) this.#strangers += 1;
    } else {
      known.add(connection);
    }
    return this.#strangers <= this.#limits.strangersMax || this.#registry.byPeerId(peerId) !== undefined;
  }

  /** @returns whether it was the peer's last connection. */
  remove(connection: Connection): boolean {
    const peerId = connection.remotePeer.toString();
    const known = this.#connections.get(peerId);
    known?.delete(connection);
    if (known === undefined || known.size > 0) return false;
    this.#connections.delete(peerId);
    this.recount();
    return true;
  }

  /** To be called when the committee changed. */
  recount(): void {
    this.#strangers = 0;
    for (const peerId of this.#connections.keys()) {
      if (this.#registry.byPeerId(peerId) === undefined) this.#strangers += 1;
    }
  }

  /** Open connections, newest first. */
  connectionsOf(peerIdText: string): readonly Connection[] {
    const open = [...(this.#connections.get(peerIdText) ?? [])].filter((connection) => connection.status === 'open');
    return open.sort((a, b) => b.timeline.open - a.timeline.open);
  }

  ban(peerIdText: string): void {
    this.#counters.count('peersBanned', this.#registry.byPeerId(peerIdText)?.index);
    this.#bannedUntilMs.set(peerIdText, performance.now() + this.#limits.banMs);
    for (const connection of this.connectionsOf(peerIdText)) connection.abort(new Error('banned'));
  }

  isBanned(peerIdText: string): boolean {
    const untilMs = this.#bannedUntilMs.get(peerIdText);
    if (untilMs === undefined) return false;
    if (performance.now() < untilMs) return true;
    this.#bannedUntilMs.delete(peerIdText);
    return false;
  }

  #isDenied(peerIdText: string): boolean {
    if (this.isBanned(peerIdText)) return true;
    if ((this.#connections.get(peerIdText)?.size ?? 0) >= this.#limits.connectionsPerPeerMax) return true;
    return this.#registry.byPeerId(peerIdText) === undefined && this.#strangers >= this.#limits.strangersMax;
  }
}
