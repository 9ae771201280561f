import { testHistories } from "../support/histories/testHistories";

/**
 * Commands, imports, clock steps, sweeps and workers in any order: whatever somebody reads, nobody reads the
 * contrary.
 */
testHistories(1, 30);
