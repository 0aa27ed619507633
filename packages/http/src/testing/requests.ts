import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

// biome-ignore lint/suspicious/noExplicitAny: answers are compared with what the test expects of them
export type Json = any;

export function post(url: string, body: Uint8Array | string, contentType: string): Promise<Response> {
  return fetch(url, { method: 'POST', body: body as string, headers: { 'content-type': contentType } });
}

export async function getJson(url: string): Promise<Json> {
  return (await fetch(url)).json();
}

/** Expects a problem with this status and code. */
export async function refused(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const problem = (await response.json()) as Json;
  expect(problem).toMatchObject({ status, code });
  expect(problem.remedy.length).toBeGreaterThan(10);
  expect(response.status).toBe(status);
}

/** Sends text on a bare socket. @returns all that came back until the server closed, or `until` was seen. */
export async function rawExchange(url: string, text: string | Uint8Array, until?: string): Promise<string> {
  const socket = rawSocket(url);
  let answer = '';
  const done = Promise.withResolvers<void>();
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    if (until !== undefined && answer.includes(until)) done.resolve();
  });
  socket.on('close', () => done.resolve());
  socket.on('error', () => done.resolve());
  socket.write(text);
  await done.promise;
  socket.destroy();
  return answer;
}

export function rawSocket(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port) });
}
