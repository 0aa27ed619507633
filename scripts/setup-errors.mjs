/**
 * What the set-up refuses, with the remedy it prints. Plain JavaScript: it runs before there is a Node 24.
 * docs/errors.md is generated from this table too.
 */
export const SETUP_ERRORS = {
  SETUP_COMMAND_UNKNOWN: {
    meaning: 'The set-up script was called with a word it does not know.',
    remedy: 'Use `npm start` or `npm test`.',
  },
  SETUP_LOCKFILE_MISSING: {
    meaning: 'pnpm-lock.yaml is not beside package.json.',
    remedy: 'Run the command from a complete clone; `git checkout pnpm-lock.yaml` brings the file back.',
  },
  SETUP_PACKAGES_MISSING: {
    meaning: 'The packages could not be installed.',
    remedy: 'Read the lines above; check the network and the registry of npm (`npm ping`), then run the command again.',
  },
  SETUP_RUNTIME_MISSING: {
    meaning: 'No Node 24 or newer was found, neither the one that runs this nor the one from the registry package.',
    remedy: 'Install Node 24 or newer and run the command again; on Linux x64 and arm64 delete node_modules and retry.',
  },
};
