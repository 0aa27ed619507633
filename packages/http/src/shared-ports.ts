import type { Hash, MemberIndex, UnixMs } from '@cairn/primitives';
import type { EvidenceKind, FeedDefinition, Genesis, ReceiptCode } from '@cairn/protocol';

/** One named condition of a process, with what to say when it does not hold. */
export interface HealthCheck {
  readonly name: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly isOk: boolean;
  readonly detail: string;
}

/** `ready` 200, `syncing` 206, `failing` 503. */
export interface Health {
  readonly status: 'ready' | 'syncing' | 'failing';
  readonly checks: readonly HealthCheck[];
}

/** Where the chain stands, as far as this process has it. */
export interface ChainPosition {
  readonly height: number;
  readonly epoch: number;
  /** Of the block at `height`. */
  readonly time: UnixMs;
}

/** Fate of a report by its id. */
export type ReportFate =
  | { readonly status: 'unknown' | 'pending' | 'batched' }
  | { readonly status: 'certified'; readonly height: number; readonly code: ReceiptCode };

/** A misbehaviour that stands by itself (protocol section 5.6). */
export interface EvidenceEntry {
  readonly id: Hash;
  readonly member: MemberIndex;
  readonly kind: EvidenceKind;
  /** Of the block that holds it. */
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** Newest first, beginning behind the one named `before`; null: with the newest. */
export interface EvidencePage {
  readonly before: Hash | null;
  readonly limit: number;
}

/** What both servers ask of their process. A rejected promise is answered with 500 and told to the observer. */
export interface SharedPorts {
  genesis(): Genesis;
  /** The feeds as governance has them now. */
  feeds(): readonly FeedDefinition[];
  position(): ChainPosition;
  health(): Health;
  /** Prometheus text format, and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  evidence(page: EvidencePage): readonly EvidenceEntry[] | Promise<readonly EvidenceEntry[]>;
  evidenceById(id: Hash): EvidenceEntry | null | Promise<EvidenceEntry | null>;
}
