import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodePrepareCertificate, entryCertificateCodec, fromBytes, type PrepareCertificate } from '@cairn/protocol';

export interface JournalVote {
  readonly height: number;
  readonly view: number;
  readonly hash: string;
}

/** Members that gave a view up, as a timeout certificate in somebody's journal says. */
export interface SeenTimeouts {
  readonly height: number;
  readonly view: number;
  readonly members: readonly number[];
}

/** What the journal of one member holds at one moment: its own votes, and those of others in certificates. */
export interface JournalView {
  readonly member: number;
  readonly tipHeight: number;
  readonly prepared: readonly JournalVote[];
  readonly proposed: readonly JournalVote[];
  readonly timedOut: readonly { readonly height: number; readonly view: number }[];
  readonly certificates: readonly PrepareCertificate[];
  readonly timeouts: readonly SeenTimeouts[];
}

/** Bytes of the checksum before a stored body. */
const SUM_BYTES = 4;
const ENTRY_BYTES_MAX = 16 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5_000;

interface BodyRow {
  readonly kind: string;
  readonly height: number;
  readonly view: number;
  readonly body: Uint8Array;
}

/** Reads a journal without writing, in one transaction, also beside the process that owns it. */
export function readJournal(dataDir: string, member: number): JournalView {
  const database = new DatabaseSync(join(dataDir, 'cairn.sqlite'), { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('BEGIN');
    const all = <Row>(sql: string) => database.prepare(sql).all() as Row[];
    const votes = (table: string) =>
      all<{ height: number; view: number; hash: Uint8Array }>(
        `SELECT height, view, hash FROM ${table} ORDER BY height, view`,
      ).map(({ height, view, hash }) => ({ height, view, hash: Buffer.from(hash).toString('hex') }));
    const rows = all<BodyRow>('SELECT kind, height, view, body FROM voting');
    const [tip] = all<{ height: number | null }>('SELECT max(height) AS height FROM blocks');
    return {
      member,
      tipHeight: tip?.height ?? 0,
      prepared: votes('prepared'),
      proposed: votes('proposed'),
      timedOut: rows.filter(({ kind }) => kind === 'timed-out').map(({ height, view }) => ({ height, view })),
      ...seenIn(rows),
    };
  } finally {
    database.close();
  }
}

function seenIn(rows: readonly BodyRow[]): Pick<JournalView, 'certificates' | 'timeouts'> {
  const certificates: PrepareCertificate[] = [];
  const timeouts: SeenTimeouts[] = [];
  for (const { kind, body } of rows) {
    const bytes = body.subarray(SUM_BYTES);
    if (kind === 'high-certificate') certificates.push(decodePrepareCertificate(bytes));
    if (kind !== 'entered') continue;
    const entry = fromBytes(entryCertificateCodec, bytes, ENTRY_BYTES_MAX);
    if (entry.kind === 'prepare') {
      certificates.push(entry.certificate);
      continue;
    }
    const { height, view, votes, highCertificate } = entry.certificate;
    timeouts.push({ height, view, members: votes.map(({ member }) => member) });
    if (highCertificate !== null) certificates.push(highCertificate);
  }
  return { certificates, timeouts };
}
