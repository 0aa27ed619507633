import { enableCompileCache } from 'node:module';

// Stripping the types of all sources takes longer than most commands: what was compiled once is kept in the temporary
// folder. The variable is for the threads and processes that this one starts; where it cannot be written, nothing is kept.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
await import('./program.ts');
