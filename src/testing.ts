// The second entry, `overlapped/testing`: help for tests of code that uses the library. No logic.

export type { RequestKind } from "./backend/contract.ts";
export { FAULTS, type Fault, type FaultRates, type ScriptedFault } from "./backend/sim/faults.ts";
export type { SimAttributes, SimPeer } from "./backend/sim/world.ts";
export type { FaultSet } from "./testing/fault-sets.ts";
export { assertQuiet, quietAfterEach } from "./testing/leak.ts";
export type { SimulateOptions } from "./testing/options.ts";
export type { Simulated } from "./testing/run.ts";
export { simulate, simulateSeeds } from "./testing/simulate.ts";
export { SimulationError } from "./testing/simulation-error.ts";
export type { SimulatedWorld } from "./testing/world.ts";
