import { type Codec, struct, uint } from './codec.ts';
import { VIEW_MAX } from './limits.ts';

/** One leader's attempt at a height. Every agreement message signs it with its content [fork]. */
export interface Position {
  readonly epoch: number;
  readonly height: number;
  readonly view: number;
}

export const positionFields = { epoch: uint(), height: uint(), view: uint(VIEW_MAX) };
export const position: Codec<Position> = struct<Position>(positionFields);
