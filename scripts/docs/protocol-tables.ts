import { ITEM_KINDS, type ItemKind } from '../../packages/protocol/src/batch-item.ts';
import { type BlockHeader, encodeHeader } from '../../packages/protocol/src/block-header.ts';
import { SIGNING_KINDS, type SigningKind } from '../../packages/protocol/src/domain.ts';
import { AGGREGATE_KINDS } from '../../packages/protocol/src/feed.ts';
import { RECEIPT_CODES, type ReceiptCode } from '../../packages/protocol/src/receipt.ts';
import { reportExample } from './report-example.ts';
import { constantsOf } from './source-constants.ts';

/** What the generator reads besides the code that it imports: files of the repository. */
export type ReadFile = (path: string) => string;

/** @returns the tables of docs/protocol.md by name; each stands between its marks there. */
export async function protocolTables(read: ReadFile): Promise<ReadonlyMap<string, string>> {
  const limits = constantsOf(
    read('packages/protocol/src/limits.ts'),
    await import('../../packages/protocol/src/limits.ts'),
  );
  return new Map([
    [
      'limits',
      table(
        ['constant', 'value', 'bounds'],
        limits.map(({ name, value, says }) => [code(name), value, says]),
      ),
    ],
    ['receipt-codes', table(['position', 'code', 'meaning'], receiptRows())],
    ['header-layout', table(['offset', 'bytes', 'field'], headerRows())],
    [
      'signing-kinds',
      table(
        ['kind', 'body'],
        SIGNING_KINDS.map((kind) => [code(kind), SIGNED_BODIES[kind]]),
      ),
    ],
    ['item-kinds', table(['position', 'kind', 'in version 1'], itemRows())],
    ['aggregate-kinds', AGGREGATE_KINDS.map((kind, position) => `${position} ${code(kind)}`).join(', ')],
    ['report-example', reportExample(read('test/vectors/device-report.json'))],
    ['checkpoint-example', checkpointExample(read('test/vectors/checkpoint.json'))],
  ]);
}

const SIGNED_BODIES: Readonly<Record<SigningKind, string>> = {
  batch: '`[epoch, author, seq, batch id]`',
  'device-report': 'none: the prefix is the external_aad of the COSE Sig_structure',
  'dkg-message': "a dealer's statement: its dealing's hash, or one sub-share",
  'dkg-transcript': "the transcript's hash, 32 bytes",
  'nonce-commitment': '`[epoch, height, view, D, E]`',
  'nonce-refusal': '`[epoch, height, view, sign request hash]`',
  'prepare-vote': '`[epoch, height, view, block hash]`',
  proposal: '`[epoch, height, view, block hash]`',
  registration: 'the registration body',
  revocation: 'the revocation body',
  'sign-request': '`[epoch, height, view, block hash, session, [commitment ...]]`',
  'signature-share': '`[epoch, height, view, sign request hash, z]`',
  'timeout-vote': '`[epoch, height, view, high view or -1, high hash]`',
};

const RECEIPT_MEANINGS: Readonly<Record<ReceiptCode, string>> = {
  accepted: 'joins its window, or takes effect',
  'unknown-feed': 'no feed of this id',
  'unknown-device': 'the device is registered for no feed',
  revoked: 'the registration was revoked; or a registration shown again after its revocation',
  'not-registered-for-feed': 'the device is registered, for other feeds',
  'outside-registration': 'observedAt is not within notBefore .. notAfter',
  stale: "observedAt is older than the feed's freshness; or a revocation older than the registration that stands",
  deferred: 'observed after the block, by more than the tolerance: judged again when its time has come',
  replayed: 'this seq was accepted before, or is too far below the highest to tell',
  duplicate: 'this seq was accepted before, with the same payload',
  conflicting: 'this seq was accepted before, with another payload',
  'channels-mismatch': 'not one reading for each channel of the feed',
  'out-of-range': "a reading is outside its channel's min .. max",
  'implausible-step': 'too large a change to a neighbour in observedAt',
  'implausible-move': 'too far a move from a neighbour in observedAt',
  'cell-invalid': 'no H3 cell where one is needed, none that exists, or one coarser than the groups',
  'group-not-allowed': 'the feed does not take this group',
  'window-closed': 'the window is closed, or due: it is not opened any more',
  'window-full': 'the window holds as many samples as it may',
  'limit-exceeded':
    'another bound is reached: windows, groups, devices, deferred reports, registrations, reports of a device',
  'signer-not-allowed': 'signed by no registrar of the feed, nor by the device of an open feed',
  malformed: 'cannot be decoded, or contradicts itself',
  'already-registered': 'the registration that stands was issued at the same time or later',
  future: 'observed so far after the block that it is not even deferred',
};

function receiptRows(): string[][] {
  return RECEIPT_CODES.map((name, position) => [String(position), code(name), RECEIPT_MEANINGS[name]]);
}

const RULED: Partial<Record<ItemKind, string>> = {
  report: 'a DeviceReport',
  registration: 'a Registration',
  revocation: 'a Revocation',
  evidence: 'Evidence that convicts (5.6)',
  credit: 'a PrepareVote that its member signed (5.4)',
};

function itemRows(): string[][] {
  return ITEM_KINDS.map((kind, position) => [
    String(position),
    code(kind),
    RULED[kind] ?? 'no rule: makes its batch invalid',
  ]);
}

const ZERO = '00'.repeat(32) as BlockHeader['parentHash'];
const ONES = 'ff'.repeat(32) as BlockHeader['parentHash'];
const EPOCH_END = { snapshotRoot: ZERO, rewardsRoot: ZERO, nextCommitteeHash: ZERO };
const EMPTY_HEADER: BlockHeader = {
  version: 0,
  leader: 0,
  height: 0,
  time: 0,
  epoch: 0,
  networkId: ZERO,
  parentHash: ZERO,
  parentCertificateHash: ZERO,
  batchesRoot: ZERO,
  receiptsRoot: ZERO,
  reportsRoot: ZERO,
  resultsRoot: ZERO,
  stateHash: ZERO,
  previousLogRoot: ZERO,
  committeeHash: ZERO,
  epochEnd: EPOCH_END,
};
const INTEGER_BYTES = { version: 4, leader: 2, height: 8, time: 8, epoch: 8 } as const;

/** Where each field stands: found by changing it and looking at the bytes. */
function headerRows(): string[][] {
  const base = encodeHeader(EMPTY_HEADER);
  const rows: [number, number, string][] = [
    [6, 2, '`flags`: bit 0 is set when the last three fields are there; the others are zero'],
  ];
  const note = (header: BlockHeader, bytes: number, name: string): void => {
    rows.push([encodeHeader(header).findIndex((byte, at) => byte !== base[at]), bytes, code(name)]);
  };
  for (const [name, bytes] of Object.entries(INTEGER_BYTES)) note({ ...EMPTY_HEADER, [name]: 1 }, bytes, name);
  for (const [name, value] of Object.entries(EMPTY_HEADER)) {
    if (value === ZERO) note({ ...EMPTY_HEADER, [name]: ONES }, 32, name);
  }
  for (const name of Object.keys(EPOCH_END))
    note({ ...EMPTY_HEADER, epochEnd: { ...EPOCH_END, [name]: ONES } }, 32, name);
  return rows.sort(([a], [b]) => a - b).map(([offset, bytes, name]) => [String(offset), String(bytes), name]);
}

function checkpointExample(vector: string): string {
  const { note, text, verifierKey } = JSON.parse(vector) as Record<'note' | 'text' | 'verifierKey', string>;
  const signed = new TextEncoder().encode(text).length;
  return `\`\`\`\n${note}\`\`\`\n\nThe first ${signed} bytes are signed. Verifier key:\n\n\`\`\`\n${verifierKey}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
