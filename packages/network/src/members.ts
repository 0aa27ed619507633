import { CairnError, fromHex, type MemberIndex, type PublicKey } from '@cairn/primitives';
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import type { NetworkMember } from './network.ts';

export interface Member {
  readonly index: MemberIndex;
  readonly publicKey: PublicKey;
  readonly peerId: PeerId;
  readonly peerIdText: string;
  readonly addresses: readonly Multiaddr[];
}

/** Who is who: from the authenticated peer id to the member and back. */
export class MemberRegistry {
  #byPeerId: ReadonlyMap<string, Member> = new Map();
  #byIndex: ReadonlyMap<MemberIndex, Member> = new Map();

  constructor(members: readonly NetworkMember[]) {
    this.replace(members);
  }

  /** @throws NETWORK_OPTIONS_INVALID on a repeated index or key or a key that is none, NETWORK_ADDRESS_MALFORMED. */
  replace(members: readonly NetworkMember[]): void {
    const parsed = members.map(toMember);
    const byPeerId = new Map(parsed.map((member) => [member.peerIdText, member]));
    const byIndex = new Map(parsed.map((member) => [member.index, member]));
    if (byPeerId.size !== members.length || byIndex.size !== members.length) {
      throw new CairnError('NETWORK_OPTIONS_INVALID', 'a member is listed twice', { option: 'members' });
    }
    this.#byPeerId = byPeerId;
    this.#byIndex = byIndex;
  }

  /** @returns libp2p's text for an identity key. */
  static peerIdOf(publicKey: string): string {
    return toPeerId(publicKey as PublicKey).toString();
  }

  byPeerId(peerIdText: string): Member | undefined {
    return this.#byPeerId.get(peerIdText);
  }

  byIndex(index: MemberIndex): Member | undefined {
    return this.#byIndex.get(index);
  }

  /** By index. */
  all(): readonly Member[] {
    return [...this.#byIndex.values()].sort((a, b) => a.index - b.index);
  }
}

function toMember({ index, publicKey, addresses }: NetworkMember): Member {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new CairnError('NETWORK_OPTIONS_INVALID', 'a member index is no natural number', { option: 'members' });
  }
  const peerId = toPeerId(publicKey);
  const peerIdText = peerId.toString();
  return { index, publicKey, peerId, peerIdText, addresses: addresses.map((text) => toDialAddress(text, peerIdText)) };
}

function toPeerId(publicKey: PublicKey): PeerId {
  try {
    return peerIdFromPublicKey(publicKeyFromRaw(fromHex(publicKey, 32)));
  } catch (cause) {
    throw new CairnError('NETWORK_OPTIONS_INVALID', 'a member key is no Ed25519 key', { option: 'members' }, { cause });
  }
}

/** With the peer id, so that the handshake fails when someone else answers there. */
function toDialAddress(text: string, peerIdText: string): Multiaddr {
  const malformed = (cause?: unknown) =>
    new CairnError('NETWORK_ADDRESS_MALFORMED', 'not a TCP multiaddr', { length: text.length }, { cause });
  let address: Multiaddr;
  try {
    address = multiaddr(text);
  } catch (cause) {
    throw malformed(cause);
  }
  const names = address.getComponents().map((component) => component.name);
  if (names.length < 2 || names[1] !== 'tcp') throw malformed();
  const named = address.getComponents().find((component) => component.name === 'p2p')?.value;
  if (named !== undefined && named !== peerIdText) {
    throw new CairnError('NETWORK_OPTIONS_INVALID', "an address names another member's key", { option: 'members' });
  }
  return named === undefined ? address.encapsulate(`/p2p/${peerIdText}`) : address;
}
