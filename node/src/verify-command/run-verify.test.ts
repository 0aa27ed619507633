import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64 } from '@cairn/primitives';
import { type Attestation, attestationToJson, encodeAttestation } from '@cairn/protocol';
import {
  type AnchorRecord,
  AnchorSubmitter,
  FeePayer,
  LocalChain,
  MemoryAnchorStore,
  RpcChainClient,
} from '@cairn/solana';
import { FIXTURE_TIME, networkFixture } from '@cairn/verify/fixture';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CommandIo, toExitCode } from '../commands/command-io.ts';
import { type RunVerifyOptions, runVerify } from './run-verify.ts';

const network = networkFixture();
const { networkId, groupKey } = network;
const trust = { networkId, groupKey };
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-verify-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function run(source: string, options: RunVerifyOptions) {
  const lines: string[] = [];
  const said: string[] = [];
  const io: CommandIo = {
    out: (line) => lines.push(...line.split('\n')),
    say: (line) => said.push(line),
    status: () => {},
    isTerminal: false,
  };
  const code = await toExitCode(io, options.json === true, () => runVerify(source, options, io));
  return { code, lines, said };
}

async function file(document: Uint8Array | string, name = 'document'): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, document);
  return path;
}

const asText = (attestation: Attestation) => JSON.stringify(attestationToJson(attestation));

describe('cairn verify', () => {
  it('says line by line what holds, with the values, and ends with 0', async () => {
    const { code, lines } = await run(await file(asText(network.attestation())), trust);
    expect(code).toBe(0);
    expect(lines.map((line) => line.slice(0, 14).trimEnd())).toEqual([
      '\u2713 network',
      '\u2713 signature',
      '\u2713 header',
      '\u2713 inclusion',
      '\u2713 subject',
      '\u2013 freshness',
      '\u2713 anchor',
      '\u2013 chain',
      '  pm25',
      'verified',
    ]);
    expect(lines.at(-2)).toContain(
      'median 8.7, min -0.3, sum 115292150460684697.6, mean overflow (39 readings, 2 filtered)',
    );
  });

  it('takes CBOR, the genesis document in both forms, and a network id alone for an address', async () => {
    const cbor = await file(encodeAttestation(network.attestation({ kind: 'report' })), 'a.cbor');
    const genesis = await file(network.genesisBytes, 'genesis.cbor');
    expect((await run(cbor, { genesis })).code).toBe(0);
    const apiForm = await file(
      JSON.stringify({ data: { genesis: {}, bytes: toBase64(network.genesisBytes) } }),
      'genesis.json',
    );
    expect((await run(cbor, { genesis: apiForm, networkId })).code).toBe(0);
    const url = await served({
      '/v1/feeds/air/rounds/latest': JSON.stringify({ data: attestationToJson(network.attestation()), version: 1 }),
      '/v1/genesis': network.genesisBytes,
    });
    expect((await run(`${url}/v1/feeds/air/rounds/latest`, { networkId })).code).toBe(0);
    const other = networkFixture({ seed: 2 }).networkId;
    expect(await run(`${url}/v1/feeds/air/rounds/latest`, { networkId: other })).toMatchObject({
      code: 1,
      said: [expect.stringContaining('VERIFY_TRUST_MISMATCH')],
    });
  });

  it('refuses a tampered document, shows no value of it, and ends with 3', async () => {
    const attestation = network.attestation();
    const header = attestation.header.with(200, (attestation.header[200] as number) ^ 1);
    const { code, lines } = await run(await file(asText({ ...attestation, header })), trust);
    expect(code).toBe(3);
    expect(lines).toContainEqual(expect.stringMatching(/^\u2717 header +VERIFY_HEADER_MISMATCH: /));
    expect(lines.at(-1)).toBe('NOT VERIFIED: do not use it');
    expect(lines.join()).not.toContain('8.7');
    const garbage = await run(await file('{"hello": 1}'), trust);
    expect(garbage).toMatchObject({
      code: 3,
      lines: [expect.stringContaining('VERIFY_DOCUMENT_MALFORMED'), 'NOT VERIFIED: do not use it'],
    });
  });

  it('--json prints one object, with the subject only when it is verified', async () => {
    const good = await run(await file(asText(network.attestation())), { ...trust, json: true });
    expect(JSON.parse(good.lines.join())).toMatchObject({
      verified: true,
      networkId,
      groupKey,
      subject: { kind: 'result' },
    });
    const bad = await run(await file(asText(networkFixture({ seed: 2 }).attestation())), { ...trust, json: true });
    expect(JSON.parse(bad.lines.join())).toMatchObject({ verified: false, subject: null });
  });

  it('--max-age refuses what is old', async () => {
    const source = await file(asText(network.attestation()));
    expect((await run(source, { ...trust, maxAge: '60' })).code).toBe(3);
    expect((await run(source, { ...trust, maxAge: String((Date.now() - FIXTURE_TIME) / 1000) })).code).toBe(0);
  });

  it.each([
    ['without any trust', {}, 'COMMAND_OPTION_INVALID'],
    ['with a network id alone for a file', { networkId }, 'COMMAND_OPTION_INVALID'],
    ['with a genesis that is not there', { genesis: '/nowhere/genesis.cbor' }, 'COMMAND_INPUT_MISSING'],
    ['with an age that is no number', { ...trust, maxAge: 'old' }, 'COMMAND_OPTION_INVALID'],
  ])('ends with 2 %s', async (_, options, code) => {
    const outcome = await run(await file(asText(network.attestation())), options);
    expect(outcome).toMatchObject({ code: 2, lines: [], said: [expect.stringContaining(code)] });
  });

  it('reads no more of an address than an attestation can have', async () => {
    const url = await served({ '/huge': new Uint8Array(1 << 20) });
    expect(await run(`${url}/huge`, trust)).toMatchObject({
      code: 2,
      said: [expect.stringContaining('COMMAND_INPUT_EXCEEDED')],
    });
    expect(await run(`${url}/none`, trust)).toMatchObject({ code: 2, said: [expect.stringContaining('answered 404')] });
  });
});

describe('cairn verify --anchor', () => {
  it('asks the chain: holds for the true anchor, fails for another slot, chain or transaction, or when it is away', async () => {
    const chain = await LocalChain.start({ slotTimeMs: 20 });
    onTestFinished(() => chain.stop());
    const record = await anchored(chain, network.note(network.headers.length));
    const attestation = network.attestation();
    const honest = {
      ...attestation.anchor!,
      chain: record.chain,
      transaction: record.transaction,
      slot: record.slot!,
      blockTime: null,
    };
    const asked = async (anchor: Attestation['anchor'], rpcUrl = chain.rpcUrl) => {
      const outcome = await run(await file(asText({ ...attestation, anchor })), { ...trust, anchor: rpcUrl });
      return [outcome.code, outcome.lines.find((line) => / chain +/.test(line))];
    };
    expect(await asked(honest)).toEqual([0, expect.stringMatching(/^\u2713 chain .*verified on/)]);
    expect(await asked({ ...honest, slot: honest.slot + 1 })).toEqual([
      3,
      expect.stringContaining('VERIFY_ANCHOR_MISMATCH'),
    ]);
    expect(await asked({ ...honest, chain: attestation.anchor!.chain })).toEqual([
      3,
      expect.stringContaining('SOLANA_ANCHOR_MISMATCH'),
    ]);
    expect(await asked({ ...honest, transaction: attestation.anchor!.transaction })).toEqual([
      3,
      expect.stringContaining('SOLANA_TRANSACTION_UNKNOWN'),
    ]);
    expect(await asked(null)).toEqual([3, expect.stringContaining('VERIFY_ANCHOR_MISSING')]);
    expect(await asked(honest, 'http://127.0.0.1:9')).toEqual([3, expect.stringContaining('SOLANA_RPC_')]);
  });
});

async function served(pages: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function anchored(chain: LocalChain, note: string): Promise<AnchorRecord> {
  const client = new RpcChainClient({ rpcUrl: chain.rpcUrl });
  const store = new MemoryAnchorStore();
  const landed = Promise.withResolvers<void>();
  const submitter = new AnchorSubmitter(
    { networkId, groupKey, intervalMs: 50, pollMs: 40, finalityPollMs: 100, airdropLamports: 1_000_000_000 },
    {
      client,
      store,
      feePayer: FeePayer.generate(),
      onEvent: () =>
        void ([...store.records.values()].some(({ status }) => status === 'finalized') && landed.resolve()),
    },
  );
  onTestFinished(async () => {
    client.close();
    await submitter.stop();
  });
  await submitter.start();
  submitter.offer(note);
  await landed.promise;
  return [...store.records.values()][0] as AnchorRecord;
}
