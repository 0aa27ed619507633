import { LogFrontier, verifyInclusion } from '@cairn/merkle';
import { attestationFromJson, attestationToJson, encodeHeader, headerHash } from '@cairn/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnchorRow } from './anchor-table.ts';
import { Archive } from './archive.ts';
import { ChainFixture } from './testing/chain-fixture.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

interface Anchor extends AnchorRow {
  readonly attempt: number;
}

let dataDir: string;
let chain: ChainFixture;
let archive: Archive<Anchor>;
const open = () => Archive.open<Anchor>({ dataDir, genesis: chain.genesis });
beforeEach(() => {
  dataDir = temporaryDirectory();
  chain = new ChainFixture();
  archive = open();
  archive.append(chain.growTo(9));
});
afterEach(() => {
  archive.close();
  removeDirectory(dataDir);
});
const reopen = () => {
  archive.close();
  archive = open();
};

const BASE58_DIGITS = '123456789ABCDEFGHJ';
/** Of the tree that the block at `treeSize - 1` closed. */
const anchor = (number: number, treeSize: number, change: Partial<Anchor> = {}): Anchor => ({
  transaction: `tx${BASE58_DIGITS[number]}`,
  chain: 'chainA',
  status: 'confirmed',
  treeSize,
  note: chain.commits[treeSize - 2]!.note,
  slot: 1000 + number,
  blockTime: null,
  submittedAt: 5000 + number,
  attempt: 1,
  ...change,
});
const saveAll = async (...records: Anchor[]) => {
  for (const record of records) await archive.anchors.save(record);
};

describe('Archive', () => {
  it('gives a restarted aggregator what it goes on from', () => {
    reopen();
    const restored = archive.restore();
    expect(restored.tip).toEqual({ certified: chain.commits[8]!.certified, blockHash: chain.commits[8]!.blockHash });
    expect(LogFrontier.restore(restored.frontier!).root()).toBe(chain.commits[8]!.logRoot);
    expect([...restored.ledgerEntries].map(({ key }) => key)).toContain('gone/9');
    archive.append([chain.grow(), chain.grow()]);
    expect(archive.chain.tip().height).toBe(11);
  });

  it('takes all blocks of a call or none', () => {
    const [ten, eleven] = [chain.grow(), chain.grow()];
    expect(() => archive.append([ten, ten])).toThrow(expect.objectContaining({ code: 'STORAGE_HEIGHT_INVALID' }));
    expect(archive.chain.tip().height).toBe(9);
    archive.append([ten, eleven]);
  });

  it('gives a report with its place', () => {
    const { batches, acceptedReports } = chain.commits[3]!;
    expect(archive.report(acceptedReports[3]!)).toEqual({
      height: 4,
      reportIndex: 3,
      batchId: batches[1]!.id,
      item: 1,
      bytes: batches[1]!.items[1]!.bytes,
    });
  });

  it('gives checkpoints by tree size', () => {
    const { blockHash, logRoot, note } = chain.commits[4]!;
    expect(archive.checkpoint(6)).toMatchObject({ treeSize: 6, root: logRoot, headerHash: blockHash, note });
    expect(archive.checkpoint(null)?.treeSize).toBe(10);
    expect(archive.checkpoint(1)).toBeNull();
    expect(archive.checkpoint(11)).toBeNull();
  });

  it('attests with the oldest anchor that covers the block', async () => {
    const subject = chain.commits[4]!.results[0]!;
    expect(archive.attestations.forResult(subject)!.anchor).toBeNull();
    await saveAll(
      anchor(1, 9),
      anchor(2, 7),
      anchor(3, 5),
      anchor(4, 6, { status: 'submitted', slot: null }),
      anchor(5, 6, { status: 'dropped' }),
    );
    reopen();
    const attestation = archive.attestations.forResult(subject)!;
    expect(attestation.anchor).toMatchObject({ transaction: 'tx3', slot: 1002, proof: { index: 5, size: 7 } });
    const { path: proof, index, size } = attestation.anchor!.proof;
    const root = chain.commits[5]!.logRoot;
    expect(verifyInclusion({ leaf: attestation.header, index, size, proof, root })).toBe(true);
    expect(attestationFromJson(JSON.parse(JSON.stringify(attestationToJson(attestation))))).toEqual({
      ...attestation,
      header: expect.anything(),
    });
    expect(headerHash(chain.commits[4]!.certified.block.header)).toBe(chain.commits[4]!.blockHash);
    expect(attestation.header).toEqual(encodeHeader(chain.commits[4]!.certified.block.header));

    const ofLast = archive.attestations.forReport(chain.commits[8]!.acceptedReports[0]!)!;
    expect(ofLast.anchor).toBeNull();
  });
});

describe('anchors', () => {
  it('survive a restart and are replaced by their transaction', async () => {
    await saveAll(anchor(1, 4, { status: 'submitted', slot: null }));
    await saveAll(anchor(1, 4, { attempt: 3 }));
    reopen();
    expect(archive.anchors.get('tx2')).toEqual(anchor(1, 4, { attempt: 3 }));
    expect(archive.anchors.get('tx9')).toBeNull();
  });

  it('load what may still change, and of each chain the anchored one of the largest tree', async () => {
    const records = [
      anchor(1, 3, { status: 'finalized' }),
      anchor(2, 8, { status: 'finalized' }),
      anchor(3, 5, { status: 'confirmed' }),
      anchor(4, 9, { status: 'submitted' }),
      anchor(5, 9, { status: 'expired' }),
      anchor(6, 2, { status: 'finalized', chain: 'chainB' }),
    ];
    await saveAll(...records);
    expect(await archive.anchors.load()).toEqual([records[1], records[2], records[3], records[5]]);
  });

  it('are listed largest tree first, page by page', async () => {
    await saveAll(anchor(1, 3), anchor(2, 8), anchor(3, 5));
    expect(archive.anchors.list({ limit: 2 }).map(({ treeSize }) => treeSize)).toEqual([8, 5]);
    expect(archive.anchors.list({ below: 5, limit: 2 }).map(({ treeSize }) => treeSize)).toEqual([3]);
    expect(archive.anchors.latest()?.treeSize).toBe(8);
  });

  it('of one chain only, when one is named', async () => {
    await saveAll(anchor(1, 5, { chain: 'chainB' }), anchor(2, 7));
    expect(archive.anchors.covering(3)?.transaction).toBe('tx2');
    archive.anchors.chain = 'chainA';
    expect(archive.anchors.covering(3)?.transaction).toBe('tx3');
    archive.anchors.chain = 'chainB';
    expect(archive.anchors.latest()?.transaction).toBe('tx2');
    expect(archive.anchors.covering(5)).toBeNull();
  });

  it('prefer the finalized one of two of the same tree', async () => {
    await saveAll(anchor(1, 5), anchor(2, 5, { status: 'finalized' }));
    expect(archive.anchors.covering(4)?.transaction).toBe('tx3');
    expect(archive.anchors.covering(5)).toBeNull();
  });
});
