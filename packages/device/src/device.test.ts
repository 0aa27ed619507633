import { sha256Hash, verifySignature } from '@cairn/crypto';
import { type CairnError, type Hash, Rng } from '@cairn/primitives';
import { attestationToJson, decodeReport, registrationCodec } from '@cairn/protocol';
import { networkFixture } from '@cairn/verify/fixture';
import { describe, expect, it } from 'vitest';
import { Device, type DeviceConfig, DeviceKey, type DeviceObserver, MemoryStore } from './index.ts';
import { acceptAll, json, problem, refuseAll, World } from './testing/world.ts';

const network = networkFixture();
const { networkId } = network;
const key = DeviceKey.fromSeed(new Rng(3).bytes(32));
const never = new AbortController().signal;

async function opened(config: Partial<DeviceConfig> = {}, store = new MemoryStore()) {
  const world = new World();
  world.gateways.a = acceptAll;
  const lost: string[] = [];
  const settled: Hash[] = [];
  const failed: string[] = [];
  const observer: DeviceObserver = {
    lost: (_, error) => lost.push(String(error.meta.code ?? error.code)),
    settled: (reports) => settled.push(...reports.map(({ id }) => id)),
    failed: (error, _, gateway) => failed.push(`${new URL(gateway).hostname} ${error.code}`),
  };
  const device = await Device.open(
    { key, networkId, feed: 'air', gateways: ['http://a'], ...config },
    { store, host: world, observer },
  );
  return { device, world, store, lost, settled, failed };
}

describe('a device', () => {
  it('signs reports that decode and verify, numbered from 0', async () => {
    const { device, world } = await opened();
    const reports: Uint8Array[] = [];
    world.gateways.a = (ids, url, bytes) => {
      reports.push(...bytes);
      return acceptAll(ids, url, bytes);
    };
    const first = await device.report({ values: [87, -5], cell: 0x8928308280fffffn });
    const second = await device.report({ values: [88, -5], observedAt: 5 });
    expect(device.queued).toBe(2);
    expect(await device.flush(never)).toBe(true);
    const decoded = reports.map((bytes) => decodeReport(bytes, networkId));
    expect(decoded.map(({ report }) => report.id)).toEqual([first, second]);
    expect(
      decoded.map(({ report: { seq, feed, observedAt, values, cell } }) => ({ seq, feed, observedAt, values, cell })),
    ).toEqual([
      { seq: 0, feed: 'air', observedAt: world.clockMs, values: [87, -5], cell: 0x8928308280fffffn },
      { seq: 1, feed: 'air', observedAt: 5, values: [88, -5], cell: undefined },
    ]);
    for (const { report, signedBytes, signature } of decoded) {
      expect(report.device).toBe(key.publicKey);
      expect(verifySignature(report.device, signedBytes, signature)).toBe(true);
    }
  });

  it.each([[[]], [[1.5]], [[Number.NaN]], [[2 ** 53]], [Array.from({ length: 17 }, () => 1)]])(
    'refuses the values %j',
    async (values) => {
      const { device } = await opened();
      await expect(device.report({ values })).rejects.toMatchObject({ code: 'DEVICE_READING_INVALID' });
    },
  );

  it('goes on with the next number after a clean stop, and skips the reserve after a crash', async () => {
    const store = new MemoryStore();
    const first = await opened({ seqReserve: 100 }, store);
    await first.device.report({ values: [1] });
    await first.device.flush(never);
    await first.device.close();
    const second = await opened({ seqReserve: 100 }, store);
    await second.device.report({ values: [2] });
    const third = await opened({ seqReserve: 100 }, store);
    await third.device.report({ values: [3] });
    const seqs: number[] = [];
    third.world.gateways.a = (ids, url, bytes) => {
      seqs.push(...bytes.map((report) => decodeReport(report, networkId).report.seq));
      return acceptAll(ids, url, bytes);
    };
    await third.device.flush(never);
    // Number 1 was reserved with all up to 100 when the second stopped without a word; its report was kept.
    expect(seqs).toEqual([1, 101]);
  });

  it('drops the oldest of a full queue and says so, or refuses the new one', async () => {
    const dropping = await opened({ queueMax: 2 });
    for (const value of [1, 2, 3]) await dropping.device.report({ values: [value] });
    expect([dropping.device.queued, dropping.lost]).toEqual([2, ['DEVICE_QUEUE_EXCEEDED']]);
    const refusing = await opened({ queueMax: 2, whenFull: 'refuse-new' });
    for (const value of [1, 2]) await refusing.device.report({ values: [value] });
    await expect(refusing.device.report({ values: [3] })).rejects.toMatchObject({ code: 'DEVICE_QUEUE_EXCEEDED' });
  });

  it('registers itself, or by a registrar, and takes a second time as done', async () => {
    const { device, world } = await opened();
    const registrar = DeviceKey.fromSeed(new Rng(4).bytes(32));
    const seen: { signer: string; feeds: readonly string[] }[] = [];
    let code = 'none';
    world.gateways.a = ([id], _, [bytes]) => {
      const { body, signer, signature } = registrationCodec.decode(bytes as Uint8Array);
      expect(verifySignature(signer, registrationCodec.signingBytes(networkId, body), signature)).toBe(true);
      expect(body.device).toBe(key.publicKey);
      seen.push({ signer, feeds: body.feeds });
      return json(code === 'none' ? { id, status: 'accepted' } : { id, status: 'refused', code });
    };
    const body = { owner: key.publicKey, cell: null, notBefore: 0, notAfter: 2 ** 50 };
    await device.register(body, { signal: never });
    await device.register(body, { registrar, signal: never });
    expect(seen).toEqual([key, registrar].map(({ publicKey }) => ({ signer: publicKey, feeds: ['air'] })));
    code = 'already-registered';
    await device.register(body, { signal: never });
    code = 'signer-not-allowed';
    await expect(device.register(body, { signal: never })).rejects.toMatchObject({
      code: 'DEVICE_REGISTRATION_INVALID',
      meta: { code: 'signer-not-allowed' },
    });
  });

  it('asks for a fate, and registers, through whichever gateway answers', async () => {
    const { device, world } = await opened({ gateways: ['http://down', 'http://a'] });
    world.gateways.a = (_, url, [bytes]) =>
      bytes === undefined
        ? json({ id: url.pathname.split('/').at(-1), status: 'certified', height: 7, code: 'accepted' }, 200)
        : json({ id: sha256Hash(bytes), status: 'accepted' });
    const id = await device.report({ values: [1] });
    expect(await device.fate(id, never)).toMatchObject({ id, status: 'certified', height: 7 });
    await device.register({ owner: key.publicKey, cell: null, notBefore: 0, notAfter: 9 }, { signal: never });
    delete world.gateways.a;
    await expect(device.fate(id, never)).rejects.toMatchObject({ code: 'DEVICE_GATEWAY_INVALID' });
  });

  it.each([
    ['no gateway', { gateways: [] }],
    ['a gateway that is no URL', { gateways: ['nowhere'] }],
    ['a file URL', { gateways: ['file:///etc/passwd'] }],
    ['no room at all', { queueMax: 0 }],
    ['certified without trust', { settle: 'certified' as const }],
  ])('refuses to start with %s', async (_, config) => {
    await expect(opened(config)).rejects.toMatchObject({ code: 'DEVICE_OPTIONS_INVALID' });
  });
});

describe('sending', () => {
  it('tries the next gateway after a failure, with pauses that double up to a maximum', async () => {
    const gateways = ['http://down', 'http://busy', 'http://a'];
    const { device, world, failed } = await opened({ gateways, retryMsMin: 100, retryMsMax: 500 });
    world.gateways.busy = () => problem(503);
    world.gateways.a = () =>
      world.requests.length < 9
        ? new Response('<html>', { status: 200 })
        : acceptAll(world.requests.at(-1)?.ids ?? [], new URL('http://a'), []);
    await device.report({ values: [1] });
    expect(await device.flush(never)).toBe(true);
    // 0.5 of three gateways is the second.
    expect(failed).toEqual([
      'busy DEVICE_GATEWAY_INVALID',
      'a DEVICE_ANSWER_MALFORMED',
      'down DEVICE_GATEWAY_INVALID',
      'busy DEVICE_GATEWAY_INVALID',
      'a DEVICE_ANSWER_MALFORMED',
      'down DEVICE_GATEWAY_INVALID',
      'busy DEVICE_GATEWAY_INVALID',
      'a DEVICE_ANSWER_MALFORMED',
      'down DEVICE_GATEWAY_INVALID',
      'busy DEVICE_GATEWAY_INVALID',
    ]);
    expect(world.sleeps).toEqual([75, 150, 300, 375, 375, 375, 375, 375, 375, 375]);
  });

  it('waits as long as a gateway asks, within the maximum', async () => {
    const { device, world } = await opened({ retryMsMax: 60_000 });
    let count = 0;
    world.gateways.a = (...parts) =>
      count++ === 0 ? problem(429, 'HTTP_RATE_EXCEEDED', { 'retry-after': '7' }) : acceptAll(...parts);
    await device.report({ values: [1] });
    await device.flush(never);
    expect(world.sleeps).toEqual([7000]);
  });

  it('finds what a gateway cannot read by halves, and loses it only when every gateway refuses it', async () => {
    const { device, world, lost, settled } = await opened({ gateways: ['http://a', 'http://b'] });
    const ids = [];
    for (let value = 0; value < 8; value++) ids.push(await device.report({ values: [value] }));
    const poison = ids[5] as Hash;
    const answer: typeof acceptAll = (sent, ...rest) =>
      sent.includes(poison) ? problem(400) : acceptAll(sent, ...rest);
    world.gateways.a = answer;
    world.gateways.b = answer;
    expect(await device.flush(never)).toBe(true);
    expect(lost).toEqual(['HTTP_X']);
    expect(settled.sort()).toEqual(ids.filter((id) => id !== poison).sort());
    expect(
      new Set(
        world.requests
          .filter((request) => request.ids[0] === poison && request.ids.length === 1)
          .map(({ gateway }) => gateway),
      ).size,
    ).toBe(2);
  });

  it('tries again what is refused for a passing reason, until it is too old', async () => {
    const { device, world, lost, settled } = await opened({ retryAgeMsMax: 5000, retryMsMin: 1000 });
    let count = 0;
    world.gateways.a = (...parts) => (count++ < 2 ? refuseAll('unknown-device')(...parts) : acceptAll(...parts));
    await device.report({ values: [1] });
    await device.flush(never);
    expect([settled.length, lost]).toEqual([1, []]);
    world.gateways.a = refuseAll('unknown-device');
    await device.report({ values: [1] });
    await device.flush(never);
    expect(lost).toEqual(['unknown-device']);
  });

  it('loses what is refused for good at once, and takes a replayed one as known', async () => {
    const { device, world, lost, settled } = await opened();
    world.gateways.a = refuseAll('out-of-range');
    await device.report({ values: [1] });
    await device.flush(never);
    expect([lost, settled.length]).toEqual([['out-of-range'], 0]);
    world.gateways.a = refuseAll('replayed');
    await device.report({ values: [1] });
    await device.flush(never);
    expect([lost.length, settled.length]).toEqual([1, 1]);
  });

  it.each([
    ['fewer verdicts', () => json({ reports: [] })],
    ['a verdict of another report', () => json({ reports: [{ id: '00'.repeat(32), status: 'accepted' }] })],
    ['an unknown word', () => json({ reports: [{ id: 'x', status: 'fine' }] })],
    ['no envelope', () => new Response('null')],
  ])('keeps a report when the answer holds %s', async (_, answer) => {
    const { device, world, failed } = await opened();
    world.gateways.a = answer;
    await device.report({ values: [1] });
    const stop = new AbortController();
    world.sleep = async () => stop.abort();
    expect(await device.flush(stop.signal)).toBe(false);
    expect([device.queued, failed]).toEqual([1, ['a DEVICE_ANSWER_MALFORMED']]);
  });

  it('run sends what comes later, and ends when told', async () => {
    const { device, world } = await opened();
    const stop = new AbortController();
    const sent = new Promise<void>((resolve) => {
      world.gateways.a = (...parts) => {
        queueMicrotask(resolve);
        return acceptAll(...parts);
      };
    });
    const running = device.run(stop.signal);
    await device.report({ values: [1] });
    await sent;
    stop.abort();
    await running;
    expect(world.requests).toHaveLength(1);
  });
});

describe("settle: 'certified'", () => {
  const trust = { networkId, groupKey: network.groupKey };
  const config = { settle: 'certified' as const, trust, gateways: ['http://liar', 'http://a'], retryMsMin: 10 };

  it('keeps a report that is only acknowledged, refused by one, or certified by a forged or foreign attestation', async () => {
    // The device is the fixture's, and its report the one that the fixture's block 1 holds.
    const attestation = network.attestation({ kind: 'report', height: 1, index: 0 });
    const { report } = attestation.subject as { report: Uint8Array };
    const seed = new Rng(1);
    seed.bytes(32);
    const fixtureKey = DeviceKey.fromSeed(seed.bytes(32));
    const store = new MemoryStore();
    const { seq, observedAt, values, cell } = decodeReport(report, networkId).report;
    await store.reserve(seq);
    const { device, world, settled, lost } = await opened({ ...config, key: fixtureKey }, store);
    const id = await device.report({ values, observedAt, ...(cell === undefined ? {} : { cell }) });
    const certified = (document: unknown) =>
      json({ reports: [{ id, status: 'certified', attestation: document }] }, 200);
    const foreign = attestationToJson(network.attestation({ kind: 'report', height: 1, index: 1 }));
    const honest = attestationToJson(attestation);
    const lies = [
      () => json({ reports: [{ id, status: 'accepted' }] }),
      () => json({ reports: [{ id, status: 'refused', code: 'replayed' }] }),
      () => json({ reports: [{ id, status: 'refused', code: 'out-of-range' }] }),
      () => certified(undefined),
      () => certified({ ...honest, checkpoint: foreign.checkpoint.replace('\n2\n', '\n3\n') }),
      () => certified(foreign),
    ];
    let round = 0;
    world.gateways.liar = () => (lies[round] as () => Response)();
    world.gateways.a = () =>
      round++ < lies.length - 1 ? json({ reports: [{ id, status: 'accepted' }] }) : certified(honest);
    expect(await device.flush(never)).toBe(true);
    expect(round).toBe(lies.length);
    expect([settled, lost]).toEqual([[id], []]);
    expect(world.requests[0]?.path).toBe('/v1/reports?wait=certified&timeout=10');
  });

  it('gives up what every gateway refuses', async () => {
    const { device, world, lost } = await opened(config);
    world.gateways.liar = refuseAll('stale');
    world.gateways.a = refuseAll('stale');
    await device.report({ values: [1] });
    await device.flush(never);
    expect(lost).toEqual(['stale']);
  });
});

describe('a device key', () => {
  it('comes back from its file, and shows its secret nowhere else', () => {
    const text = key.toFileText();
    expect(DeviceKey.parse(text).publicKey).toBe(key.publicKey);
    const { seed } = JSON.parse(text);
    expect(JSON.stringify({ key })).not.toContain(seed);
    expect(String(Object.values(key))).not.toContain(seed);
  });

  it.each(['', '{}', 'null', '{"kind":"cairn-device-key","seed":"00"}'])('refuses %j', (text) => {
    expect(() => DeviceKey.parse(text)).toThrow(expect.objectContaining({ code: 'DEVICE_KEY_MALFORMED' }));
  });

  it('refuses a changed seed, and a key of another kind, without showing either', () => {
    const file = JSON.parse(key.toFileText());
    for (const changed of [
      { ...file, seed: '11'.repeat(32) },
      { ...file, kind: 'cairn-node-key' },
    ]) {
      try {
        DeviceKey.parse(JSON.stringify(changed));
        expect.unreachable();
      } catch (error) {
        expect((error as CairnError).code).toBe('DEVICE_KEY_MALFORMED');
        expect(String((error as Error).stack)).not.toContain(changed.seed);
      }
    }
  });
});
