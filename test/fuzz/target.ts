import { CairnError, type Rng } from '@cairn/primitives';

/** What takes inputs: a decoder, or something with a state that grows from one input to the next. */
export interface Subject {
  /** One input: equal generators give equal inputs. */
  readonly generate: (rng: Rng) => Uint8Array;
  /**
   * @returns whether the input was accepted; false: refused with a code.
   * @throws what nobody should: a finding.
   */
  readonly take: (input: Uint8Array, rng: Rng) => boolean | Promise<boolean>;
  readonly close?: () => void | Promise<void>;
}

/** One thing to be fuzzed. */
export interface Target {
  /** `family/name`. */
  readonly name: string;
  /**
   * 0: it keeps nothing between inputs. Otherwise it is opened anew after so many, and an input is replayed together with
   * those of its session that came before.
   */
  readonly sessionInputs: number;
  /** Of the inputs that were asked for: less where one costs much. */
  readonly share: number;
  /** @param rng of the session. */
  readonly open: (rng: Rng) => Subject | Promise<Subject>;
}

/** A target that keeps nothing. */
export function stateless(name: string, subject: () => Subject, share = 1): Target {
  return { name, sessionInputs: 0, share, open: subject };
}

/** A rule that an accepted input breaks. */
export class Broken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Broken';
  }
}

/** Runs a decoder. @returns false when it refuses with a code; whatever else it throws goes on. */
export function isAccepted(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (error instanceof CairnError && /^[A-Z][A-Z0-9_]+$/.test(error.code)) return false;
    throw error;
  }
}

/** `isAccepted` of what answers later. */
export async function isAcceptedLater(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    return isAccepted(() => {
      throw error;
    });
  }
}

/** @throws Broken unless both are the same bytes. */
export function demandSame(again: Uint8Array, input: Uint8Array): void {
  if (Buffer.compare(again, input) !== 0) throw new Broken(`accepted, and encoded otherwise: ${hexOf(again)}`);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 256)).toString('hex');
}
