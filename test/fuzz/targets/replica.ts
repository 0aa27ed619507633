// A network of real replicas under the simulator's clock, and one member whose key the fuzzer has.
import { CairnError, type MemberIndex, type PublicKey, type Rng } from '@cairn/primitives';
import {
  decodeAgreementMessage,
  decodeBatch,
  decodeBlock,
  encodeAgreementMessage,
  encodeBlock,
  encodeCanonical,
  sealBatch,
  sealMessage,
} from '@cairn/protocol';
import { Bounds, HonestVotes, NonceOnce, type Packet, SIM_FEED, Workload, World } from '@cairn/simulator';
import { exchangeNode, parsedCbor } from '../../vectors/exchange-node.ts';
import { MESSAGE_KINDS, messageOf } from '../../vectors/random-messages.ts';
import { mutateBytes } from '../inputs/mutate-bytes.ts';
import { Broken, type Subject, type Target } from '../target.ts';

const MEMBERS = 4;
const LIAR: MemberIndex = 3;
const SESSION = 400;
/** Packets of others that are remembered, newest last. */
const HEARD_MAX = 64;
const REPORTS_PER_SECOND = 20;
/** First bytes of an input: what it is delivered as. */
const KINDS = ['agreement', 'batch', 'block'] as const;
type Kind = (typeof KINDS)[number];

/**
 * Three honest members and the liar, who runs too in every second session. Each input is a packet to one of the honest:
 * what went over the wire lately, with bytes changed, or with one node exchanged and signed again by the liar. Between
 * inputs time goes on. Whatever comes, no step throws, queues keep their bounds, and nobody signs two blocks of a height.
 */
function network(rng: Rng): Subject {
  const world = new World({
    seed: rng.uint32(),
    memberCount: MEMBERS,
    feeds: [SIM_FEED],
    isRealFrost: false,
    viewTimeoutMs: 250,
    byzantine: new Set([LIAR]),
  });
  world.checkers.push(new Bounds(world), new HonestVotes(), new NonceOnce());
  const certified = new Map<number, string>();
  world.onCommit.push((_, { height, blockHash }) => {
    if ((certified.get(height) ?? blockHash) !== blockHash) throw new Broken(`two blocks at height ${height}`);
    certified.set(height, blockHash);
  });
  const heard = new Heard();
  world.transmit = (_from, _to, packet) => {
    heard.note(packet);
    return [world.nowMs + 1];
  };
  const liarRuns = rng.chance(0.5);
  for (const { self } of world.nodes) if (self !== LIAR || liarRuns) world.start(self);
  const workload = new Workload(world, 3);
  workload.register(0);
  workload.run({ perSecond: REPORTS_PER_SECOND, durationMs: 3_600_000 });
  world.run(() => (world.heights[0] ?? 0) >= 2, { withinMs: 10_000 });
  const sign = (bytes: Uint8Array) => world.sign(world.genesis.members[LIAR]?.identityKey as PublicKey, bytes);
  const signed = new Signed(world, sign);
  return {
    generate: (rng) => inputOf(rng, heard, signed),
    take: (input, rng) => {
      const packet = packetOf(input);
      if (packet !== null) world.deliver(LIAR, rng.integer(0, LIAR - 1), packet, world.nowMs);
      for (let events = rng.integer(1, 8); events > 0; events--) world.stepOnce();
      return packet !== null;
    },
  };
}

/** What was on the wire lately, each as an input: a byte for the kind, then the bytes. */
class Heard {
  readonly #inputs: Uint8Array[] = [];
  #next = 0;

  note(packet: Packet): void {
    if (packet.kind !== 'agreement' && packet.kind !== 'batch' && packet.kind !== 'block') return;
    const bytes = packet.kind === 'block' ? encodeBlock(packet.block) : packet.bytes;
    this.#inputs[this.#next++ % HEARD_MAX] = inputFor(packet.kind, bytes);
  }

  pick(rng: Rng): Uint8Array {
    return this.#inputs.length === 0 ? rng.bytes(8) : rng.pick(this.#inputs);
  }
}

/** Lies with the liar's own signature under them. */
class Signed {
  readonly #world: World;
  readonly #sign: (bytes: Uint8Array) => never;

  constructor(world: World, sign: (bytes: Uint8Array) => unknown) {
    this.#world = world;
    this.#sign = sign as (bytes: Uint8Array) => never;
  }

  /** A message of these bytes, whose author is now the liar. @throws PROTOCOL_* */
  again(kind: Kind, bytes: Uint8Array): Uint8Array {
    if (kind === 'block') return encodeBlock(decodeBlock(bytes));
    if (kind === 'batch') return sealBatch({ ...decodeBatch(bytes), author: LIAR }, this.#sign).bytes;
    const message = decodeAgreementMessage(bytes);
    return message.kind === 'certified-block' ? bytes : this.message({ ...message, member: LIAR });
  }

  message(message: object): Uint8Array {
    return encodeAgreementMessage(sealMessage(this.#world.networkId, message as never, this.#sign));
  }

  /** Random content at a position that matters now. */
  anything(rng: Rng): Uint8Array {
    const height = (this.#world.heights[0] ?? 0) + rng.integer(0, 2);
    const position = { epoch: Math.floor(Math.max(0, height - 1) / 8), height, view: rng.integer(0, 3) };
    const kind = rng.pick(MESSAGE_KINDS.filter((each) => each !== 'certified-block'));
    return this.message({ ...messageOf(rng, kind), ...position, member: LIAR });
  }
}

function inputOf(rng: Rng, heard: Heard, signed: Signed): Uint8Array {
  const choice = rng.fraction();
  if (choice < 0.05) return rng.bytes(rng.integer(0, 300));
  if (choice < 0.15) return inputFor('agreement', signed.anything(rng));
  const input = heard.pick(rng);
  if (choice < 0.25) return input;
  if (choice < 0.45) return mutateBytes(input, rng, () => heard.pick(rng));
  const kind = kindOf(input);
  const bytes = input.subarray(1);
  const value = parsedCbor(bytes);
  const changed = value !== undefined && choice < 0.9 ? encodeCanonical(exchangeNode(value, rng)) : bytes;
  try {
    return inputFor(kind, signed.again(kind, changed));
  } catch (error) {
    // it cannot be signed: it goes out as it is
    if (error instanceof CairnError) return inputFor(kind, changed);
    throw error;
  }
}

function inputFor(kind: Kind, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(KINDS.indexOf(kind)), bytes]);
}

function kindOf(input: Uint8Array): Kind {
  return KINDS[(input[0] ?? 0) % KINDS.length] as Kind;
}

/** @returns null for a block that does not decode: the door refuses it with a code. */
function packetOf(input: Uint8Array): Packet | null {
  const kind = kindOf(input);
  const bytes = input.slice(1);
  if (kind !== 'block') return { kind, bytes };
  try {
    return { kind, block: decodeBlock(bytes) };
  } catch (error) {
    if (error instanceof CairnError) return null;
    throw error;
  }
}

export const targets: readonly Target[] = [
  { name: 'replica/network', sessionInputs: SESSION, share: 1, open: network },
];
