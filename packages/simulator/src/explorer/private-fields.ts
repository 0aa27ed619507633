import { registerHooks } from 'node:module';

/** Where a private field `#name` is found once this module has been imported: `_private_name`. */
export const PRIVATE_PREFIX = '_private_';

/**
 * Lets the explorer see whole machine states: sources of this repository that are imported from now on have their private
 * fields renamed, and nothing else is changed. So two states are known to be equal without the core having to say so.
 * Import it before anything that is to be seen, in a process of its own.
 */
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('.ts') || loaded.source === undefined || loaded.source === null) return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: source.replaceAll(/(?<=^|[\s.!*([])#([a-zA-Z]\w*)/gm, `${PRIVATE_PREFIX}$1`) };
  },
});
