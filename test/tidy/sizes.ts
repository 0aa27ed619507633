import type { Finding } from './finding.ts';
import { lineAt, type SourceFile } from './source-tree.ts';

export const FILE_LINES_MAX = 350;
export const FUNCTION_LINES_MAX = 60;

/** What was too long when it was last looked at: `path` or `path#name`, with its lines. */
export type Sizes = Readonly<Record<string, number>>;

const CONTROL = new Set(['if', 'for', 'while', 'switch', 'catch', 'with']);
const REMEDY = 'look for the seam and split it';

/** @returns everything over its limit, in the order of its name. */
export function measure(files: readonly SourceFile[]): Sizes {
  const sizes = files.flatMap((file) => {
    const lines = file.text.split('\n').length - 1;
    const own: [string, number][] = lines > FILE_LINES_MAX ? [[file.path, lines]] : [];
    return own.concat(file.isTest ? [] : longFunctions(file));
  });
  return Object.fromEntries(sizes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A ratchet: what is recorded may shrink, not grow; nothing new may pass the limit. */
export function checkSizes(measured: Sizes, recorded: Sizes): Finding[] {
  const grown = Object.entries(measured).flatMap(([name, lines]): Finding[] => {
    const limit = recorded[name] ?? (name.includes('#') ? FUNCTION_LINES_MAX : FILE_LINES_MAX);
    return lines <= limit ? [] : [{ path: name, line: 0, message: `${lines} lines, at most ${limit}`, remedy: REMEDY }];
  });
  const shrunk = Object.entries(recorded).flatMap(([name, lines]): Finding[] => {
    if ((measured[name] ?? 0) >= lines) return [];
    return [{ path: name, line: 0, message: 'is shorter than recorded', remedy: 'run pnpm run ratchet' }];
  });
  return [...grown, ...shrunk];
}

function longFunctions(file: SourceFile): [string, number][] {
  return functionBodies(file.code).flatMap(({ name, start, end }): [string, number][] => {
    const lines = lineAt(file.code, end) - lineAt(file.code, start) + 1;
    return lines > FUNCTION_LINES_MAX ? [[`${file.path}#${name}`, lines]] : [];
  });
}

interface Body {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Finds the braces that open the body of a function, method or arrow function, by what stands before them. */
function functionBodies(code: string): Body[] {
  const open: { start: number; name: string | undefined }[] = [];
  const bodies: Body[] = [];
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === '{') open.push({ start: index, name: functionName(code, index) });
    else {
      const opened = open.pop();
      if (opened?.name !== undefined) bodies.push({ name: opened.name, start: opened.start, end: index });
    }
  }
  return bodies;
}

/** @returns the name of the function whose body opens at `brace`, `arrow` for an unnamed one, undefined for other braces. */
function functionName(code: string, brace: number): string | undefined {
  const before = code.slice(Math.max(0, brace - 600), brace);
  if (/=>\s*$/.test(before))
    return /(\w+)(?:\s*:[^=;]*)?\s*=\s*(?:async\s*)?\(?[^=]*=>\s*$/.exec(before)?.[1] ?? 'arrow';
  const signature = /\)\s*(?::\s*[^;{}=()]*)?\s*$/.exec(before);
  if (signature === null) return undefined;
  let depth = 0;
  for (let at = signature.index; at >= 0; at--) {
    if (before[at] === ')') depth++;
    if (before[at] === '(' && --depth === 0) {
      const name = /(\w+)\s*(?:<[^()]*>)?\s*$/.exec(before.slice(0, at))?.[1] ?? 'anonymous';
      return CONTROL.has(name) ? undefined : name;
    }
  }
  return undefined;
}
