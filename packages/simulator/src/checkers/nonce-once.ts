import type { SignerResult } from '@cairn/consensus';
import { type Hash, type MemberIndex, toHex } from '@cairn/primitives';
import type { WorkRequest } from '@cairn/replica';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/** No nonce is published twice, and none makes two shares, also across crashes: asked of the signers themselves. */
export class NonceOnce implements Checker {
  readonly name = 'nonce-once';
  readonly #usedBy = new Map<string, Hash>();
  readonly #published = new Set<string>();

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

function keyOf(member: MemberIndex, points: { readonly hiding: Uint8Array; readonly binding: Uint8Array }): string {
  return `${member}:${toHex(points.hiding)}${toHex(points.binding)}`;
}
