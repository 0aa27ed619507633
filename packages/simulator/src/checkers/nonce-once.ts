import type { SignerResult } from '@cairn/consensus';
import { type Hash, type MemberIndex, toHex } from '@cairn/primitives';
import type { AgreementMessage } from '@cairn/protocol';
import type { WorkRequest } from '@cairn/replica';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/** No nonce is published twice, and none makes two shares, also across crashes: asked of the signers themselves. */
export class NonceOnce implements Checker {
  readonly name = 'nonce-once';
  readonly #usedBy = new Map<string, Hash>();
  readonly #sentAt = new Map<string, string>();
  readonly #published = new Set<string>();

  /** On the wire: a commitment is good for one height and view. */
  onSealed(member: MemberIndex, message: AgreementMessage): void {
    const commitment = commitmentIn(message);
    if (commitment === null || message.kind === 'certified-block') return;
    const nonce = keyOf(member, commitment);
    const position = `${message.height}/${message.view}`;
    const earlier = this.#sentAt.get(nonce);
    demand(earlier === undefined || earlier === position, this.name, () => {
      return `member ${member} sends one commitment at ${earlier} and ${position}`;
    });
    this.#sentAt.set(nonce, position);
  }

  onSigned(member: MemberIndex, request: WorkRequest, result: SignerResult): void {
    if (result.kind === 'nonce') this.#publish(member, result);
    if (result.kind === 'unknown-nonce') this.#publish(member, result.fresh);
    if (result.kind !== 'share' || request.kind !== 'sign') return;
    this.#publish(member, result.next);
    const own = request.request.commitments.find((commitment) => commitment.member === member);
    if (own === undefined) return;
    const nonce = keyOf(member, own);
    const earlier = this.#usedBy.get(nonce);
    demand(earlier === undefined, this.name, () => {
      return `member ${member} uses one nonce for ${earlier?.slice(0, 12)} and ${request.requestHash.slice(0, 12)}`;
    });
    this.#usedBy.set(nonce, request.requestHash);
  }

  #publish(member: MemberIndex, points: { readonly hiding: Uint8Array; readonly binding: Uint8Array }): void {
    const nonce = keyOf(member, points);
    demand(!this.#published.has(nonce), this.name, () => `member ${member} publishes one nonce twice`);
    this.#published.add(nonce);
  }
}

function commitmentIn(message: AgreementMessage): { readonly hiding: Uint8Array; readonly binding: Uint8Array } | null {
  if (message.kind === 'prepare-vote' || message.kind === 'nonce-refusal') return message.commitment;
  return message.kind === 'signature-share' ? message.nextCommitment : null;
}

function keyOf(member: MemberIndex, points: { readonly hiding: Uint8Array; readonly binding: Uint8Array }): string {
  return `${member}:${toHex(points.hiding)}${toHex(points.binding)}`;
}
