// Goal: every rule about votes is seen to fail. Method: journals of real stores, doctored by SQL between two looks.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DoctoredDisks } from './doctored.ts';
import { readJournal } from './journal-view.ts';
import { VoteBook } from './vote-book.ts';

const OTHER_HASH = Buffer.alloc(32, 7);
let disks: DoctoredDisks;
let dataDir: string;
let book: VoteBook;

beforeEach(() => {
  disks = new DoctoredDisks();
  dataDir = disks.member('member-1', 4);
  book = new VoteBook();
});
afterEach(() => disks.remove());

const look = () => book.see(readJournal(dataDir, 1));
/** What another member holds: block 5 with the votes of 0, 1 and 2 in view 0. */
const certificate = () => disks.source.commits[4]!.certified.certificate;

test('an honest journal, seen again and beside the certificate with its vote, passes', () => {
  look();
  look();
  book.witness(certificate(), 'member 0');
  look();
  expect(book.votes).toBe(3);
});

test('a vote that turned into another is two votes', () => {
  look();
  disks.sql(dataDir, 'UPDATE prepared SET hash = ?', OTHER_HASH);
  expect(look).toThrow(/^two-votes: member 1 prepared two blocks in view 0 of height 5/);
});

test('a vote that others hold for another block is two votes', () => {
  disks.sql(dataDir, 'UPDATE prepared SET hash = ?', OTHER_HASH);
  look();
  expect(() => book.witness(certificate(), 'member 0')).toThrow(/^two-votes: .*a certificate in member 0/);
});

test('two proposals in one view', () => {
  disks.sql(dataDir, 'INSERT INTO proposed VALUES (5, 2, ?)', OTHER_HASH);
  look();
  disks.sql(dataDir, 'UPDATE proposed SET hash = ?', Buffer.alloc(32, 8));
  expect(look).toThrow(/^two-votes: member 1 proposed/);
});

test('a vote that is gone from its journal', () => {
  look();
  disks.sql(dataDir, 'DELETE FROM prepared');
  expect(look).toThrow(/^vote-forgotten: member 1 prepared in view 0 of height 5/);
});

test('a vote that others hold and its own journal never had', () => {
  book.witness(certificate(), 'member 0');
  disks.sql(dataDir, 'DELETE FROM prepared');
  expect(look).toThrow(/^vote-forgotten: .*a certificate in member 0/);
});

test('a vote in a view that was given up before', () => {
  disks.sql(dataDir, "INSERT INTO voting VALUES (5, 'timed-out', 3, x'00')");
  look();
  disks.sql(dataDir, 'INSERT INTO prepared VALUES (5, 3, ?)', OTHER_HASH);
  expect(look).toThrow(/^vote-after-timeout: member 1 prepares in view 3 of height 5/);
});

test('a vote in a view given up, that only others hold', () => {
  disks.sql(dataDir, 'DELETE FROM prepared');
  disks.sql(dataDir, "INSERT INTO voting VALUES (5, 'timed-out', 0, x'00')");
  look();
  expect(() => book.witness(certificate(), 'member 0')).toThrow(/^vote-after-timeout/);
});

test('a vote below an earlier one', () => {
  disks.sql(dataDir, 'UPDATE prepared SET view = 2');
  look();
  disks.sql(dataDir, 'INSERT INTO prepared VALUES (5, 1, ?)', OTHER_HASH);
  expect(look).toThrow(/^vote-below: member 1 prepares in view 1 of height 5/);
});

test('a timeout that is gone, and one that fell', () => {
  disks.sql(dataDir, "INSERT INTO voting VALUES (5, 'timed-out', 3, x'00')");
  look();
  disks.sql(dataDir, 'UPDATE voting SET view = 2');
  expect(look).toThrow(/^timeout-forgotten: member 1 gave up view 3 of height 5, its journal says 2/);
});

test('of certified heights a journal may forget', () => {
  look();
  dataDir = disks.member('member-1-later', 5);
  expect(look).not.toThrow();
});

test('a vote in the highest certificate of another, which its own journal never had', () => {
  const other = disks.member('member-0', 4);
  disks.append(other, [{ kind: 'high-certificate', height: 5, certificate: certificate() }]);
  disks.sql(dataDir, 'DELETE FROM prepared');
  book.see(readJournal(other, 0));
  expect(look).toThrow(/^vote-forgotten: .*a certificate in the journal of member 0/);
});

test('a view that it gave up by the word of another, and not by its own journal', () => {
  const other = disks.member('member-0', 4);
  const high = { highView: 0, highHash: certificate().blockHash };
  const votes = certificate().votes.map((vote) => ({ ...vote, ...high }));
  const entry = {
    kind: 'timeout' as const,
    certificate: { epoch: 0, height: 5, view: 0, votes, highCertificate: certificate() },
  };
  disks.append(other, [{ kind: 'entered', height: 5, view: 1, entry }]);
  book.see(readJournal(other, 0));
  expect(look).toThrow(/^timeout-forgotten: member 1 gave up view 0 of height 5, its journal says -1/);
});
