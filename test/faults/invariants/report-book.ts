import type { Hash } from '@cairn/primitives';
import type { ReceiptCode } from '@cairn/protocol';
import { demand } from '@cairn/simulator';

/** What the devices of the run did: every report that they signed, and who acknowledged it. */
export class ReportBook {
  readonly signed = new Set<Hash>();
  /** By report, the member that said it has it on disk. */
  readonly acknowledged = new Map<Hash, number>();
  readonly #open = new Set<Hash>();

  acknowledge(id: Hash, member: number): void {
    if (this.acknowledged.has(id)) return;
    this.acknowledged.set(id, member);
    this.#open.add(id);
  }

  /** @returns acknowledged reports that have no fate in the chain yet, of those acknowledged so far or of `among`. */
  open(receipts: ReadonlyMap<Hash, ReceiptCode>, among: Iterable<Hash> = this.#open): Hash[] {
    for (const id of this.#open) if (receipts.has(id)) this.#open.delete(id);
    return [...among].filter((id) => !receipts.has(id));
  }

  /** @throws Violation when one of these acknowledged reports has no fate. */
  demandFates(receipts: ReadonlyMap<Hash, ReceiptCode>, among: Iterable<Hash>): void {
    const lost = this.open(receipts, among);
    demand(lost.length === 0, 'acknowledged-report', () => {
      const members = [...new Set(lost.map((id) => this.acknowledged.get(id)))].sort();
      return `${lost.length} reports that members ${members} acknowledged have no fate, the first is ${lost[0]}`;
    });
  }
}
