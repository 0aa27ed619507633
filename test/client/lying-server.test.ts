import { HistoryError, VerificationError } from '@cairn/client';
import { attestationToJson, checkpointText, decodeCheckpointNote, encodeCheckpointNote } from '@cairn/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOf, between, network, other, ServedNetwork } from './served-network.ts';

let served: ServedNetwork;
beforeAll(async () => {
  served = await ServedNetwork.start();
});
afterAll(() => served.stop());
const clientOf = (...parts: Parameters<ServedNetwork['client']>) => served.client(...parts);

describe('a server that lies', () => {
  it('about a value: refused with the report, check by check', async () => {
    const lying = between(
      (json: { data: { subject: { result: { channels: { aggregates: { value: number }[] }[] } } } }) => {
        const aggregate = json.data.subject.result.channels[0]?.aggregates[0];
        if (aggregate !== undefined) aggregate.value = 999;
        return json;
      },
    );
    try {
      await clientOf({}, lying).latest({ feed: 'air' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(VerificationError);
      expect((error as VerificationError).meta).toEqual({ check: 'inclusion', code: 'VERIFY_INCLUSION_INVALID' });
      expect((error as VerificationError).report.checks).toHaveLength(8);
    }
  });

  it('about which round it is: verified, but not what was asked for', async () => {
    const attestations = [
      ['another group', network.attestation({ height: 5, index: 2 })],
      ['a report', network.attestation({ kind: 'report' })],
      ['another window', network.attestation({ height: 3 })],
    ] as const;
    for (const [what, attestation] of attestations) {
      const json = JSON.parse(JSON.stringify(attestationToJson(attestation)));
      const client = clientOf(
        {},
        between(() => ({ data: json })),
      );
      const asked = client.round({ feed: 'air', windowStart: 1 });
      await expect(asked, what).rejects.toMatchObject({ code: 'CLIENT_ANSWER_MISMATCH' });
    }
  });

  it.each<[string, () => Response, string]>([
    [
      'with a page',
      () => new Response('<html>hello', { headers: { 'content-type': 'text/html' } }),
      'CLIENT_ANSWER_MALFORMED',
    ],
    ['with nothing', () => Response.json({}), 'CLIENT_VERIFICATION_INVALID'],
    ['with null', () => Response.json(null), 'CLIENT_VERIFICATION_INVALID'],
    [
      'without end',
      () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) })),
      'CLIENT_ANSWER_EXCEEDED',
    ],
    [
      'half-way',
      () => new Response(new ReadableStream({ pull: (to) => to.error(new Error('gone')) })),
      'CLIENT_SERVER_INVALID',
    ],
    ['with an error', () => new Response('{"code":"<script>"}', { status: 500 }), 'CLIENT_SERVER_INVALID'],
  ])('answers %s', async (_, answer, code) => {
    const client = clientOf(
      { trust: { networkId: network.networkId, groupKey: network.groupKey } },
      { fetch: async () => answer() },
    );
    await expect(client.latest({ feed: 'air' })).rejects.toMatchObject({ code });
  });

  it('about the order of its history: no window comes twice, no page for ever', async () => {
    const client = clientOf(
      {},
      between((json: { data: { rounds?: unknown[]; next?: unknown } }, url) => {
        if (url.pathname.endsWith('/rounds') && json.data.rounds)
          return { data: { rounds: json.data.rounds.slice(0, 2), next: 5 } };
        return json;
      }),
    );
    const seen: number[] = [];
    const all = (async () => {
      for await (const { result } of client.history({ feed: 'air' })) seen.push(result.windowStart);
    })();
    await all.catch((error) => expect(error.code).toBe('CLIENT_ANSWER_MISMATCH'));
    expect(new Set(seen).size).toBe(seen.length);
    const endless = clientOf(
      {},
      between((json: { data: { rounds?: unknown[] } }, url) =>
        url.pathname.endsWith('/rounds')
          ? { data: { rounds: json.data.rounds?.slice(0, 1).flatMap((round) => [round, round]), next: 5 } }
          : json,
      ),
    );
    await expect(allOf(endless.history({ feed: 'air' }))).rejects.toMatchObject({
      code: 'CLIENT_ANSWER_MISMATCH',
    });
  });
});

describe('checkpoints', () => {
  it('pass while the log grows, also when an older one is served again', async () => {
    const client = clientOf();
    for (const size of [5, 9, 9, 7, 13]) {
      served.grow(size);
      expect((await client.checkpoint()).treeSize).toBe(size);
    }
  });

  it('end with both notes as proof when history was rewritten under the same key', async () => {
    // The same group key signs another log: the fixture of another chain length differs in nothing, so change a header.
    served.grow(6);
    const client = clientOf();
    await client.checkpoint();
    const forked = forkedNote(9);
    const rewritten = between((json: { data: { note?: string; proof?: unknown } }, url) => {
      if (url.pathname.endsWith('/latest')) return { data: { note: forked } };
      return json;
    });
    const victim = clientOf(
      {},
      {
        fetch: async (input, init) =>
          phase === 0 ? fetch(input, init) : (rewritten.fetch as typeof fetch)(input, init),
      },
    );
    let phase = 0;
    await victim.checkpoint();
    phase = 1;
    const refused = victim.checkpoint();
    await expect(refused).rejects.toBeInstanceOf(HistoryError);
    await refused.catch((error: HistoryError) => expect(error.notes).toEqual([network.note(6), forked]));
  });

  it('that the group did not sign are refused', async () => {
    const client = clientOf(
      {},
      between((json: { data: { note?: string } }, url) =>
        url.pathname.endsWith('/latest') ? { data: { note: other.note(5) } } : json,
      ),
    );
    await expect(client.checkpoint()).rejects.toMatchObject({
      code: 'CLIENT_VERIFICATION_INVALID',
      meta: { check: 'network' },
    });
  });

  function forkedNote(treeSize: number): string {
    const { checkpoint } = decodeCheckpointNote(network.note(treeSize));
    const forked = { ...checkpoint, root: checkpoint.headerHash };
    return encodeCheckpointNote(forked, network.groupKey, network.group.sign(checkpointText(forked)));
  }
});
