import { sha256Hash } from '@cairn/crypto';
import { type Hash, toBase64, toHash } from '@cairn/primitives';
import { encodeCanonical } from '@cairn/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from './http-app.ts';
import type { NodePorts } from './node-ports.ts';
import { createNodeServer } from './node-server.ts';
import type { HttpObserver } from './observer.ts';
import type { HttpBounds } from './options.ts';
import { accept, anAttestation, nodePorts } from './testing/fixtures.ts';
import { type Json, post, refused } from './testing/requests.ts';

let server: HttpServer | undefined;

async function start(ports: Partial<NodePorts> = {}, bounds: Partial<HttpBounds> = {}, observer: HttpObserver = {}) {
  server = await createNodeServer({ bounds }, nodePorts(ports), observer);
  return server.start();
}

afterEach(() => server?.stop());

const report = Uint8Array.of(0xd2, 1, 2, 3);

describe('intake', () => {
  it('takes one COSE report, a CBOR array and the JSON envelope alike', async () => {
    const url = `${await start()}/v1/reports`;
    const bodies: [Uint8Array | string, string][] = [
      [report, 'application/cbor'],
      [encodeCanonical([report]), 'application/cbor'],
      [JSON.stringify({ reports: [toBase64(report)] }), 'application/json'],
    ];
    for (const [body, contentType] of bodies) {
      const response = await post(url, body, contentType);
      expect(response.status, contentType).toBe(202);
      const expected = { reports: [{ id: sha256Hash(report), status: 'accepted' }] };
      expect(await response.json()).toEqual({ data: expected, version: 1, finalized: false, anchored: false });
    }
  });

  it('answers only after the reports are durable', async () => {
    const durable = Promise.withResolvers<void>();
    const seen = Promise.withResolvers<void>();
    const url = await start({
      submitReports: async (reports) => {
        seen.resolve();
        await durable.promise;
        return accept(reports);
      },
    });
    let isAnswered = false;
    const response = post(`${url}/v1/reports`, report, 'application/cbor').finally(() => {
      isAnswered = true;
    });
    await seen.promise;
    await fetch(`${url}/live`);
    expect(isAnswered).toBe(false);
    durable.resolve();
    expect((await response).status).toBe(202);
  });

  it('says of each report why it was refused', async () => {
    const url = await start({
      submitReports: async ([first]) => [
        { id: sha256Hash(first as Uint8Array), status: 'refused', code: 'unknown-device', detail: 'never registered' },
      ],
    });
    const { data } = (await (await post(`${url}/v1/reports`, report, 'application/cbor')).json()) as Json;
    expect(data.reports[0]).toMatchObject({ status: 'refused', code: 'unknown-device', detail: 'never registered' });
  });

  it('waits for the certificate and gives the attestation', async () => {
    const url = await start({
      awaitCertified: async (ids) =>
        ids.map((id) => ({
          fate: { status: 'certified', height: 8, code: id === toHash(sha256Hash(report)) ? 'accepted' : 'stale' },
          attestation: id === toHash(sha256Hash(report)) ? anAttestation() : null,
        })),
    });
    const body = encodeCanonical([report, Uint8Array.of(0xd2, 9)]);
    const response = await post(`${url}/v1/reports?wait=certified`, body, 'application/cbor');
    expect(response.status).toBe(200);
    const { data, finalized } = (await response.json()) as Json;
    expect(finalized).toBe(true);
    expect(data.reports[0]).toMatchObject({ status: 'certified', height: 8, attestation: { checkpoint: 'a note\n' } });
    expect(data.reports[1]).toMatchObject({ status: 'refused', code: 'stale', height: 8 });
  });

  it('gives up waiting in time and says accepted', async () => {
    const url = await start({ awaitCertified: untilAborted }, { waitMs: 20 });
    const response = await post(`${url}/v1/reports?wait=certified`, report, 'application/cbor');
    expect(response.status).toBe(202);
    expect(((await response.json()) as Json).data.reports[0].status).toBe('accepted');
  });

  it('ends a wait when its client leaves', async () => {
    const waiting = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const url = await start({
      awaitCertified: async (ids, signal) => {
        waiting.resolve();
        const fates = await untilAborted(ids, signal);
        ended.resolve();
        return fates;
      },
    });
    const controller = new AbortController();
    const request = fetch(`${url}/v1/reports?wait=certified&timeout=60`, {
      method: 'POST',
      body: report as unknown as string,
      headers: { 'content-type': 'application/cbor' },
      signal: controller.signal,
    }).catch(() => 'left');
    await waiting.promise;
    controller.abort();
    await ended.promise;
    expect(await request).toBe('left');
  });

  it('lets only so many requests wait', async () => {
    const waiting = Promise.withResolvers<void>();
    const url = await start(
      {
        awaitCertified: async (ids, signal) => {
          waiting.resolve();
          return untilAborted(ids, signal);
        },
      },
      { waitersMax: 1 },
    );
    const first = post(`${url}/v1/reports?wait=certified`, report, 'application/cbor');
    await waiting.promise;
    await refused(
      await post(`${url}/v1/reports?wait=certified`, report, 'application/cbor'),
      503,
      'HTTP_WAITERS_EXCEEDED',
    );
    await server?.stop();
    expect((await first).status).toBe(202);
  });

  it('takes registrations and tells of refused revocations', async () => {
    const url = await start();
    const registration = await post(`${url}/v1/registrations`, report, 'application/cbor');
    expect(registration.status).toBe(202);
    const revocation = await post(
      `${url}/v1/revocations`,
      JSON.stringify({ item: toBase64(report) }),
      'application/json',
    );
    expect(((await revocation.json()) as Json).data).toMatchObject({ status: 'refused', code: 'signer-not-allowed' });
  });
});

async function untilAborted(ids: readonly Hash[], signal: AbortSignal) {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return ids.map(() => ({ fate: { status: 'pending' as const }, attestation: null }));
}
