import { authenticate } from '@cairn/consensus';
import { sha256Hash } from '@cairn/crypto';
import {
  BoundedMap,
  CairnError,
  type Hash,
  type MemberIndex,
  type NetworkId,
  type PublicKey,
  type Signature,
} from '@cairn/primitives';
import {
  type AgreementMessage,
  decodeAgreementMessage,
  decodeBlock,
  decodeCertifiedBlock,
  type Genesis,
} from '@cairn/protocol';
import { authenticateBatch, type BatchDoor, type NetworkDoor, networkDoor } from '@cairn/replica';
import type { ThresholdScheme } from '@cairn/threshold';
import type { CoreOrder, FrameSource, FrameVerdict } from '../threads/thread-messages.ts';
import { cachedVerify } from './verified-cache.ts';

type VerifyAny = (key: PublicKey | Uint8Array, message: Uint8Array, signature: Signature | Uint8Array) => boolean;

export interface DoorOptions {
  readonly genesis: Genesis;
}

export interface DoorDependencies {
  /** Takes keys and signatures in hex, and in bytes. */
  readonly verify: VerifyAny;
  readonly scheme: ThresholdScheme;
  /** Called between signatures of a long check: more urgent work may be done in it. */
  readonly breathe: () => void;
}

/** What the door says of some bytes, and what it hands on to the core. */
export interface Admission {
  readonly verdict: FrameVerdict;
  readonly message: AgreementMessage['kind'] | 'batch' | 'block' | null;
  readonly fault: string | null;
  readonly order: CoreOrder | null;
}

const VERIFIED_SIGNATURES_MAX = 8192;
const VERIFIED_BATCHES_MAX = 1024;
const VERIFIED_ITEMS_MAX = 65_536;
/** Signatures of devices checked between two looks at more urgent work: some 3 ms. */
const BREATH_SIGNATURES = 32;

/** Turns bytes of others into authenticated inputs. Nothing that is checked here needs the replica's state. */
export class Door {
  /** Until committees can change, every epoch has the one of the genesis document. */
  readonly #network: NetworkDoor;
  /** For items of own intake, of which it is known that they were not verified before. */
  readonly newItems: BatchDoor;
  /** For items of batches. */
  readonly #batchItems: BatchDoor;
  readonly #dependencies: DoorDependencies;
  /** By the hash of all their bytes: the same batch comes by gossip and in answers to requests. */
  readonly #batches = new BoundedMap<Hash, true>(VERIFIED_BATCHES_MAX);
  readonly #items = new BoundedMap<Hash, true>(VERIFIED_ITEMS_MAX);
  #tipHeight = 0;
  #sinceBreath = 0;

  constructor({ genesis }: DoorOptions, dependencies: DoorDependencies) {
    this.#dependencies = dependencies;
    const { scheme, verify } = dependencies;
    this.#network = networkDoor(genesis, { verify: cachedVerify(verify, VERIFIED_SIGNATURES_MAX), scheme });
    this.newItems = { ...this.#network, verify: this.#verifyItem, verifyReport: this.#verifyItem };
    this.#batchItems = { ...this.newItems, isVerified: (report, id) => this.isVerifiedItem(id ?? sha256Hash(report)) };
  }

  /** Blocks up to this height are certified here. */
  setTip(height: number): void {
    this.#tipHeight = height;
  }

  /** Verifies device signatures, breathing now and then. */
  readonly #verifyItem: VerifyAny = (publicKey, message, signature) => {
    this.#sinceBreath += 1;
    if (this.#sinceBreath >= BREATH_SIGNATURES) {
      this.#sinceBreath = 0;
      this.#dependencies.breathe();
    }
    return this.#dependencies.verify(publicKey, message, signature);
  };

  /** An item that verified at this node's own intake is not verified again in somebody's batch. */
  rememberItem(id: Hash): void {
    this.#items.set(id, true);
  }

  isVerifiedItem(id: Hash): boolean {
    return this.#items.has(id);
  }

  get networkId(): NetworkId {
    return this.#network.networkId;
  }

  /** Judges a frame. Never throws for what it holds. */
  admit(source: FrameSource, from: MemberIndex | null, bytes: Uint8Array): Admission {
    try {
      switch (source) {
        case 'batch':
        case 'sync-batch':
          return this.#admitBatch(from, bytes);
        case 'sync-block':
          return accepted('block', { kind: 'block', block: decodeBlock(bytes) });
        case 'sync-certified':
          return this.#admitMessage(from, { kind: 'certified-block', certified: decodeCertifiedBlock(bytes) });
        case 'proposal':
        case 'certified':
          return this.#admitGossip(source, from, bytes);
        case 'direct':
          return this.#admitMessage(from, decodeAgreementMessage(bytes), bytes);
      }
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      return rejected(null, `${error.code}: ${error.message}`);
    }
  }

  #admitGossip(topic: 'proposal' | 'certified', from: MemberIndex | null, bytes: Uint8Array): Admission {
    const message = decodeAgreementMessage(bytes);
    const expected = topic === 'certified' ? 'certified-block' : 'proposal';
    if (message.kind !== expected) return rejected(message.kind, `a ${message.kind} on the topic of ${topic}`);
    const admission = this.#admitMessage(from, message, bytes);
    // A leader that is behind proposes what is old news: the replica answers it, but it need not travel on.
    const isStale = message.kind === 'proposal' && message.height <= this.#tipHeight;
    return isStale && admission.verdict === 'accept' ? { ...admission, verdict: 'ignore' } : admission;
  }

  #admitMessage(from: MemberIndex | null, message: AgreementMessage, bytes?: Uint8Array): Admission {
    const height = message.kind === 'certified-block' ? message.certified.block.header.height : message.height;
    if (message.kind === 'certified-block' && height <= this.#tipHeight) {
      return { verdict: 'ignore', message: message.kind, fault: null, order: null };
    }
    const result = authenticate(message, this.#network);
    if (!result.ok) return rejected(message.kind, result.fault);
    const order: CoreOrder = { kind: 'message', from, message: result.message };
    const isSigned = message.kind !== 'certified-block' && bytes !== undefined;
    return accepted(message.kind, isSigned ? { ...order, bytes } : order);
  }

  #admitBatch(from: MemberIndex | null, bytes: Uint8Array): Admission {
    const order: CoreOrder = { kind: 'batch', from, bytes };
    const digest = sha256Hash(bytes);
    if (this.#batches.has(digest)) return accepted('batch', order);
    const result = authenticateBatch(bytes, this.#batchItems);
    if (!result.ok) {
      const { fault, evidence } = result;
      return { ...rejected('batch', fault), order: evidence && { kind: 'evidence', evidence } };
    }
    this.#batches.set(digest, true);
    return accepted('batch', order);
  }
}

function accepted(message: Admission['message'], order: CoreOrder): Admission {
  return { verdict: 'accept', message, fault: null, order };
}

function rejected(message: Admission['message'], fault: string): Admission {
  return { verdict: 'reject', message, fault, order: null };
}
