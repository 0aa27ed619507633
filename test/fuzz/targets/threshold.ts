import { CairnError, Rng } from '@cairn/primitives';
import { encodeCanonical } from '@cairn/protocol';
import { type DkgMessage, decodeDkgMessage, encodeDkgMessage, frostScheme } from '@cairn/threshold';
import { Ceremony } from '@cairn/threshold/testing';
import { exchangeNode, parsedCbor } from '../../vectors/exchange-node.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, demandSame, isAccepted, type Subject, stateless, type Target } from '../target.ts';

const MEMBERS = 4;
const LIAR = 3;

/** Everything that is said in an honest ceremony, and an accusation. */
function ceremonyMessages(): readonly Uint8Array[] {
  const said: Uint8Array[] = [];
  const note = (_: number, message: DkgMessage): DkgMessage => {
    said.push(encodeDkgMessage(message));
    return message;
  };
  const honest = new Ceremony(MEMBERS, 5);
  for (const member of honest.machines.keys()) honest.tampers.set(member, note);
  honest.run();
  const lied = new Ceremony(MEMBERS, 6);
  for (const member of lied.machines.keys()) lied.tampers.set(member, note);
  lied.tampers.set(LIAR, (_to, message) =>
    message.kind === 'dkg-dealing'
      ? { kind: 'dkg-dealing', ...lied.resigned(LIAR, { ...message, commitments: message.commitments.slice(1) }) }
      : message,
  );
  lied.run();
  return said;
}

/**
 * A ceremony of three honest members and the fuzzer, who has the fourth's key: it says what the fourth would, changed
 * before or after it is signed, to members in any order. Nobody may throw, and no honest member may ever be named.
 */
function ceremony(rng: Rng): Subject {
  const world = new Ceremony(MEMBERS, rng.uint32());
  const said: DkgMessage[] = [];
  const spoken = new Rng(rng.uint32());
  world.tampers.set(LIAR, (_, message) => {
    said.push(message);
    return spoken.chance(0.1) ? message : undefined;
  });
  for (const [index, machine] of world.machines.entries()) world.carryOut(index, machine.start());
  return {
    generate: (rng) => {
      const message = rng.pick(said);
      const signed = rng.chance(0.6) ? resigned(world, message, rng) : message;
      const bytes = encodeDkgMessage(signed);
      const value = parsedCbor(bytes);
      return rng.chance(0.3) && value !== undefined ? encodeCanonical(exchangeNode(value, rng)) : bytes;
    },
    take: (input, rng) => {
      let isDecoded = false;
      try {
        const message = decodeDkgMessage(input);
        isDecoded = true;
        const to = rng.integer(0, MEMBERS - 2);
        world.carryOut(to, (world.machines[to] as (typeof world.machines)[0]).receive(LIAR, message));
        if (rng.chance(0.3)) world.deliver();
        if (rng.chance(0.02)) world.carryOut(to, (world.machines[to] as (typeof world.machines)[0]).timeout());
      } catch (error) {
        if (!(error instanceof CairnError)) throw error;
      }
      for (const outcome of world.outcomes([LIAR])) {
        if (
          outcome?.kind === 'aborted' &&
          outcome.reason !== 'absent' &&
          outcome.culprits.some((each) => each !== LIAR)
        )
          throw new Broken(`honest members are named: ${outcome.reason} ${outcome.culprits.join()}`);
      }
      return isDecoded;
    },
  };
}

/** The same lie with a signature under it, as far as the liar can sign. */
function resigned(world: Ceremony, message: DkgMessage, rng: Rng): DkgMessage {
  const flipped = (bytes: Uint8Array) => bytes.with(rng.integer(0, bytes.length - 1), rng.integer(0, 255));
  if (message.kind === 'dkg-dealing') {
    const at = rng.integer(0, message.commitments.length - 1);
    const body = rng.chance(0.5)
      ? { ...message, commitments: message.commitments.with(at, flipped(message.commitments[at] as Uint8Array)) }
      : { ...message, proof: flipped(message.proof) };
    return { kind: 'dkg-dealing', ...world.resigned(LIAR, body) };
  }
  if (message.kind === 'dkg-share') {
    const changed = { ...message, subShare: flipped(message.subShare) };
    return world.resignedShare(LIAR, rng.integer(0, MEMBERS - 2), changed);
  }
  return message;
}

export const targets: readonly Target[] = [
  stateless('threshold/dkg-message', () => {
    const messages = ceremonyMessages();
    return {
      generate: inputsFrom('cbor', (rng) => rng.pick(messages)),
      take: (input) => isAccepted(() => demandSame(encodeDkgMessage(decodeDkgMessage(input)), input)),
    };
  }),
  stateless('threshold/commitment', () => {
    const { commitment } = frostScheme.commitNonce(keyShareOf(), new Uint8Array(64).fill(3));
    return {
      generate: inputsFrom('bytes', () => Buffer.concat([commitment.hiding, commitment.binding])),
      take: (input) => frostScheme.isValidCommitment({ hiding: input.slice(0, 32), binding: input.slice(32) }),
    };
  }),
  { name: 'threshold/ceremony', sessionInputs: 60, share: 0.1, open: ceremony },
];

function keyShareOf() {
  const [first] = new Ceremony(1, 1).run().results();
  return (first as NonNullable<typeof first>).keyShare;
}
