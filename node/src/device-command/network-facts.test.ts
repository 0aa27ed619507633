import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { networkFacts } from './network-facts.ts';

async function gatewayAnswering(body: string): Promise<string> {
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each(['""', '{}', 'null', '{"data":null}', '{"data":[]}', '{"data":[{"id":"air","channels":[]}]}', 'x'])(
  'a gateway that answers %s is refused with a code',
  async (body) => {
    const asked = { clock: {} as never, signal: new AbortController().signal, say: () => {} };
    const facts = networkFacts([await gatewayAnswering(body)], asked);
    await expect(facts).rejects.toMatchObject({ code: 'COMMAND_INPUT_MALFORMED' });
  },
);
