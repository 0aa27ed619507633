import { sha256Hash } from '@cairn/crypto';
import { ITEM_BYTES_MAX } from '@cairn/protocol';
import { describe, expect, test } from 'vitest';
import type { CryptoOrder, ItemFault } from '../threads/thread-messages.ts';
import { IntakeDesk } from './intake-desk.ts';

type Intake = Extract<CryptoOrder, { kind: 'intake' }>;

function harness() {
  const sent: Intake[] = [];
  const tasks: (() => void)[] = [];
  const desk = new IntakeDesk({ toCrypto: (order) => sent.push(order as Intake), soon: (task) => tasks.push(task) });
  const flush = () => {
    for (const task of tasks.splice(0)) task();
  };
  const idsOf = ({ pack }: Intake) =>
    pack.ends.map((end, i) => sha256Hash(pack.bytes.subarray(pack.ends[i - 1] ?? 0, end)));
  return { desk, sent, flush, idsOf };
}

const item = (byte: number, length = 3) => new Uint8Array(length).fill(byte);

describe('intake', () => {
  test('requests of one moment share a pack, and each gets its own verdicts', async () => {
    const { desk, sent, flush, idsOf } = harness();
    const first = desk.submit('report', [item(1), item(2, 5)]);
    const second = desk.submit('report', [item(3)]);
    flush();
    expect(sent).toHaveLength(1);
    const [order] = sent as [Intake];
    const ids = idsOf(order);
    expect(order.pack.ends).toEqual([3, 8, 11]);
    const fault: ItemFault = { code: 'INTAKE_SIGNATURE_INVALID', detail: 'x' };
    desk.takeChecked({ kind: 'intake-checked', request: order.request, ids, faults: [null, fault, null] });
    const verdicts = [ids[0], ids[2]].map((id, i) => ({
      id: id as (typeof ids)[0],
      code: i === 0 ? null : ('stale' as const),
    }));
    desk.takeAnswer({ request: order.request, verdicts });
    expect(await first).toEqual([
      { id: ids[0], status: 'accepted' },
      { id: ids[1], status: 'refused', ...fault },
    ]);
    expect(await second).toEqual([{ id: ids[2], status: 'refused', code: 'stale' }]);
    expect(desk.waitingItems).toBe(0);
  });

  test('waits for the core although the door has spoken, but not when nothing passed', async () => {
    const { desk, sent, flush, idsOf } = harness();
    const accepted = desk.submit('report', [item(1)]);
    flush();
    const fault: ItemFault = { code: 'PROTOCOL_CBOR_MALFORMED', detail: 'x' };
    const refused = desk.submit('report', [item(2)]);
    flush();
    const [one, two] = sent as [Intake, Intake];
    desk.takeChecked({ kind: 'intake-checked', request: two.request, ids: idsOf(two), faults: [fault] });
    expect(await refused).toMatchObject([{ status: 'refused', code: fault.code }]);
    desk.takeChecked({ kind: 'intake-checked', request: one.request, ids: idsOf(one), faults: null });
    expect(desk.waitingItems).toBe(1);
    desk.takeAnswer({ request: one.request, verdicts: [{ id: idsOf(one)[0] as never, code: null }] });
    expect(await accepted).toMatchObject([{ status: 'accepted' }]);
  });

  test('kinds do not share a pack', () => {
    const { desk, sent, flush } = harness();
    void desk.submit('report', [item(1)]);
    void desk.submit('registration', [item(2)]);
    flush();
    expect(sent.map(({ pack }) => pack.kind)).toEqual(['report', 'registration']);
  });

  test('what is far too long is cut before it travels, and keeps the hash of all of it', async () => {
    const { desk, sent, flush, idsOf } = harness();
    const huge = item(7, 3 * ITEM_BYTES_MAX);
    const verdicts = desk.submit('report', [huge]);
    flush();
    const [order] = sent as [Intake];
    expect(order.pack.bytes.length).toBe(ITEM_BYTES_MAX + 1);
    const fault: ItemFault = { code: 'PROTOCOL_BYTES_EXCEEDED', detail: 'x' };
    desk.takeChecked({ kind: 'intake-checked', request: order.request, ids: idsOf(order), faults: [fault] });
    expect((await verdicts)[0]?.id).toBe(sha256Hash(huge));
  });

  test('refuses more than it may hold, and answers everyone when it stops', async () => {
    const { desk, flush } = harness();
    const held = desk.submit('report', new Array(32_768).fill(item(1)));
    await expect(desk.submit('report', [item(2)])).rejects.toMatchObject({ code: 'NODE_BUSY_EXCEEDED' });
    flush();
    desk.stop();
    await expect(held).rejects.toMatchObject({ code: 'NODE_STOPPING_INVALID' });
  });
});
