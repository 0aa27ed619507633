// Goal: every rule about chains and reports is seen to fail. Method: real stores, forked or doctored by SQL.
import { crc32 } from 'node:zlib';
import type { Hash } from '@cairn/primitives';
import { blockHash, checkpointText } from '@cairn/protocol';
import { commitCertified } from '@cairn/replica';
import { CertifiedChain } from '@cairn/replica/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChainBook, type ChainPlace } from './chain-book.ts';
import { DoctoredDisks } from './doctored.ts';
import { ReportBook } from './report-book.ts';

let disks: DoctoredDisks;
let book: ChainBook;
let certificates: string[];
let isSigned: (id: Hash) => boolean;

beforeEach(() => {
  disks = new DoctoredDisks();
  certificates = [];
  isSigned = () => true;
  book = bookOf(disks);
});
afterEach(() => disks.remove());

function bookOf({ source }: DoctoredDisks): ChainBook {
  const onCertificate = (_: unknown, where: string) => void certificates.push(where);
  return new ChainBook({ genesis: source.genesis, isSigned: (id) => isSigned(id), onCertificate });
}

const place = (dataDir: string, name = 'member 1'): ChainPlace => ({ name, role: 'node', dataDir });
const archive = (dataDir: string): ChainPlace => ({ name: 'the archive', role: 'archive', dataDir });

test('members and the archive with one chain pass, at their own heights, again and again', async () => {
  const short = disks.member('short', 3);
  expect(await book.read(place(short, 'member 0'))).toBe(3);
  expect(await book.read(place(disks.member('long')))).toBe(5);
  const dataDir = disks.archive();
  expect(await book.read(archive(dataDir))).toBe(5);
  expect(await book.read(archive(dataDir))).toBe(5);
  expect(book.accepted).toBe(12);
  expect(new Set(certificates)).toEqual(new Set(['member 0', 'member 1', 'the archive']));
});

test('another certified block at a height', async () => {
  await book.read(place(disks.member('own')));
  // the same keys, other contents from block 4 on
  const fork = new CertifiedChain();
  fork.growTo(3);
  fork.grow([]);
  const forked = new DoctoredDisks(fork);
  try {
    const other = place(forked.member('other'), 'member 2');
    await expect(book.read(other)).rejects.toThrow(/^one-block-per-height: member 2 .* height 4/);
  } finally {
    forked.remove();
  }
});

test('a chain that is shorter than it was', async () => {
  await book.read(place(disks.member('long')));
  await expect(book.read(place(disks.member('short', 3)))).rejects.toThrow(/^blocks-lost: member 1 had 5 blocks/);
});

test('a block without its body', async () => {
  const dataDir = disks.member('own');
  disks.sql(dataDir, 'UPDATE blocks SET certified = NULL WHERE height = 3');
  await expect(book.read(place(dataDir))).rejects.toThrow(/blocks-lost|STORAGE_CORRUPT|presence/);
});

test('a bit of a certified block, of its receipts and of its note', async () => {
  await book.read(place(disks.member('sound'), 'member 0'));
  for (const column of ['certified', 'receipts', 'note']) {
    const dataDir = disks.member(column);
    const spoilt = `CAST(substr(${column}, 1, 60) || x'00' || substr(${column}, 62) AS BLOB)`;
    disks.sql(dataDir, `UPDATE blocks SET ${column} = ${spoilt} WHERE height = 3`);
    await expect(book.read(place(dataDir, column)), column).rejects.toThrow(/is not what was written/);
  }
});

test('a checkpoint of another height', async () => {
  const dataDir = disks.archive();
  // with a good checksum: only what the note says is wrong
  const note = Buffer.from(disks.source.commits[1]!.note);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(note, crc32('note 3')));
  disks.sql(dataDir, 'UPDATE blocks SET note = ? WHERE height = 3', Buffer.concat([sum, note]));
  await expect(book.read(archive(dataDir))).rejects.toThrow(/^checkpoint: of 3 in the archive/);
});

test('receipts that execution does not give', async () => {
  const own = disks.source.commits[3]!;
  const receipts = own.receipts.map((receipt) => ({ ...receipt, code: 'stale' as const }));
  Object.assign(own, { receipts, acceptedReports: [] });
  const dataDir = disks.member('own');
  await expect(book.read(place(dataDir))).rejects.toThrow(/^re-execution: the receipts of 4 in member 1/);
});

test('a block that all signed and that does not execute to its header', async () => {
  const { source } = disks;
  const { executed } = source.certify([]);
  const block = { ...executed.block, header: { ...executed.block.header, stateHash: executed.hash } };
  const statement = { epoch: 0, height: 6, view: 0, blockHash: blockHash(block) };
  const certified = {
    block,
    certificate: { ...statement, votes: source.votesFor(statement) },
    groupSignature: source.group.sign(checkpointText(source.chain.checkpointOf(block))),
  };
  source.commits.push(commitCertified(source.chain, { ...executed, block, hash: blockHash(block) }, certified));
  const dataDir = disks.member('own', 6);
  await expect(book.read(place(dataDir))).rejects.toThrow(/^re-execution: 6 in member 1 is diverged: /);
});

test('an accepted report that no device signed', async () => {
  const [forged] = disks.source.commits[2]!.acceptedReports as [Hash];
  isSigned = (id) => id !== forged;
  await expect(book.read(place(disks.member('own')))).rejects.toThrow(/^forged-report: 3 accepts/);
});

test('an acknowledged report without a fate', async () => {
  const reports = new ReportBook();
  for (const { acceptedReports } of disks.source.commits) for (const id of acceptedReports) reports.acknowledge(id, 2);
  await book.read(place(disks.member('short', 4)));
  const all = [...reports.acknowledged.keys()];
  expect(() => reports.demandFates(book.receipts, all)).toThrow(/^acknowledged-report: 3 reports that members 2/);
  await book.read(place(disks.member('long')));
  expect(() => reports.demandFates(book.receipts, all)).not.toThrow();
});
