/** Variables that open what is stored. Code never reads them. */
export const ownSecrets: readonly string[] = ["PLAYBOOKS_KEY", "PLAYBOOKS_PASSPHRASE"];

/** Variables that are no settings. Only the environment of the shell sets them. */
export const shellVariables: readonly string[] = [
  ...ownSecrets,
  "PLAYBOOKS_TRUST",
  "PLAYBOOKS_STATE_DIR",
  "PLAYBOOKS_DEBUG",
  "PLAYBOOKS_CRASH_AT",
  "PLAYBOOKS_SLOW_AGENT",
];
