import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Evidence, encodeEvidence, encodeGenesis, evidenceId, evidenceToJson } from '@cairn/protocol';
import { EvidenceCourt } from '@cairn/replica/testing';
import { networkFixture } from '@cairn/verify/fixture';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CommandIo, toExitCode } from '../commands/command-io.ts';
import { listEvidence } from './list-evidence.ts';
import { type VerifyEvidenceOptions, verifyEvidence } from './verify-evidence.ts';

const court = new EvidenceCourt(5, networkFixture().genesis.feeds);
const { networkId } = court.door;
let directory: string;
let genesis: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-evidence-'));
  genesis = await file('genesis.cbor', encodeGenesis(court.genesis));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: Uint8Array | string): Promise<string> {
  await writeFile(join(directory, name), content);
  return join(directory, name);
}

async function run(task: (io: CommandIo) => Promise<number>) {
  const lines: string[] = [];
  const io: CommandIo = {
    out: (line) => lines.push(line),
    say: (line) => lines.push(line),
    status: () => {},
    isTerminal: false,
  };
  return { code: await toExitCode(io, false, () => task(io)), lines };
}

const verify = (source: string, options: VerifyEvidenceOptions = { genesis }) =>
  run((io) => verifyEvidence(source, options, io));

async function served(answers: (path: string) => Uint8Array | string | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers(request.url ?? '');
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('cairn evidence verify', () => {
  const proven: readonly Evidence[] = [
    court.doubleProposal(),
    court.doublePrepare(),
    court.doubleBatch(),
    court.share(true),
  ];

  it.each(proven)('convicts by $kind, in either form', async (evidence) => {
    const cbor = await verify(await file('e.cbor', encodeEvidence(evidence)));
    const json = await verify(await file('e.json', JSON.stringify(evidenceToJson(evidence), null, 2)));
    expect(cbor.code).toBe(0);
    expect(json).toEqual(cbor);
    expect(cbor.lines.at(-1)).toMatch(new RegExp(`^CONVICTED: member ${evidence.member} `));
    expect(cbor.lines.join('\n')).toContain(evidenceId(encodeEvidence(evidence)));
  });

  it('says what an address answers, by a network id alone', async () => {
    const document = { data: { id: 'x', bytes: 'y', evidence: evidenceToJson(court.doubleBatch()) }, version: 1 };
    const url = await served((path) =>
      path === '/v1/genesis' ? encodeGenesis(court.genesis) : JSON.stringify(document),
    );
    expect((await verify(`${url}/v1/evidence/x`, { networkId })).code).toBe(0);
    const other = await verify(`${url}/v1/evidence/x`, { networkId: 'ab'.repeat(32) });
    expect(other).toMatchObject({ code: 2, lines: [expect.stringContaining('another network')] });
    expect((await verify(`${url}/v1/evidence/x`, {})).code).toBe(2);
  });

  it('convicts nobody by a slander, by a valid share, or by garbage', async () => {
    for (const evidence of [court.doublePrepare(1), court.share(false)]) {
      const { code, lines } = await verify(await file('slander.cbor', encodeEvidence(evidence)));
      expect(code).toBe(3);
      expect(lines.at(-2)).toMatch(/^\u2717 proof /);
      expect(lines.at(-1)).toBe('NOT CONVICTED: it proves nothing');
    }
    const garbage = await verify(await file('garbage', '{"kind":"double-batch"}'));
    expect(garbage.code).toBe(3);
    expect(garbage.lines.at(-2)).toMatch(/^\u2717 document +PROTOCOL_JSON_INVALID/);
    const member = { ...court.doubleBatch(), member: 77 };
    expect((await verify(await file('nobody', encodeEvidence(member)))).code).toBe(3);
  });
});

describe('cairn evidence list', () => {
  it('reads page after page, and prints nothing that is no evidence', async () => {
    const ids = Array.from({ length: 120 }, (_, i) => i.toString(16).padStart(64, '0'));
    const url = await served((path) => {
      const { searchParams } = new URL(path, 'http://x');
      const from = ids.indexOf(searchParams.get('before') ?? '') + 1;
      const page = ids.slice(from, from + Number(searchParams.get('limit')));
      return JSON.stringify({ data: page.map((id) => ({ id, member: 2, kind: 'double-batch', height: 4 })) });
    });
    const all = await run((io) => listEvidence(url, { limit: '110' }, io));
    expect(all.code).toBe(0);
    expect(all.lines.map((line) => line.split(' ').at(-1))).toEqual(ids.slice(0, 110));
    const liar = await served(() => JSON.stringify({ data: [{ id: '\u001b[2J', member: 2, kind: 'x', height: 4 }] }));
    expect((await run((io) => listEvidence(liar, { limit: '5' }, io))).code).toBe(2);
    const none = await served(() => JSON.stringify({ data: [] }));
    expect((await run((io) => listEvidence(none, { limit: '5' }, io))).lines).toEqual([
      expect.stringContaining('nobody'),
    ]);
  });
});
