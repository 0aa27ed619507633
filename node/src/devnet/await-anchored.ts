import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttestationAnchor,
  type AttestationJson,
  attestationFromJson,
  type BlockHeader,
  decodeHeader,
  decodeReport,
} from '@cairn/protocol';

const POLL_MS = 250;
const REQUEST_TIMEOUT_MS = 3000;
/** The oldest reports are anchored first; asking for more of them than this would not be sooner. */
const ASKED_MAX = 4;

export interface AnchoredReport {
  /** As the API gives it; what is read out of it here is for the summary, the verifier judges. */
  readonly document: AttestationJson;
  readonly header: BlockHeader;
  readonly anchor: AttestationAnchor;
}

export interface AwaitAnchoredOptions {
  readonly aggregatorUrl: string;
  /** Ids of reports that our own devices sent, oldest first. */
  readonly reportIds: () => readonly string[];
  /** Older readings do not count: a device may still have some of an earlier run to send. */
  readonly observedFrom: number;
  readonly signal: AbortSignal;
}

/** Resolves with the first of our own reports that stands under an anchor. Rejects when the signal aborts. */
export async function awaitAnchoredReport(options: AwaitAnchoredOptions): Promise<AnchoredReport> {
  const { reportIds, signal } = options;
  const tooOld = new Set<string>();
  for (;;) {
    const asked = reportIds().filter((id) => !tooOld.has(id));
    for (const id of asked.slice(0, ASKED_MAX)) {
      const document = await proofOf(id, options);
      if (document === null) continue;
      const found = readProof(document);
      if (found.observedAt < options.observedFrom) tooOld.add(id);
      else if (found.anchor !== null) return { document, header: found.header, anchor: found.anchor };
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

function readProof(document: AttestationJson) {
  const { networkId, subject, header, anchor } = attestationFromJson(document);
  const observedAt = subject.kind === 'report' ? decodeReport(subject.report, networkId).report.observedAt : 0;
  return { observedAt, header: decodeHeader(header), anchor };
}

async function proofOf(
  reportId: string,
  { aggregatorUrl, signal }: AwaitAnchoredOptions,
): Promise<AttestationJson | null> {
  try {
    const response = await fetch(`${aggregatorUrl}/v1/reports/${reportId}/proof`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    return response.ok ? ((await response.json()) as { readonly data: AttestationJson }).data : null;
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
