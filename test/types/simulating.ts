// overlapped/testing: what must and must not compile. Never run.

import type { InFlight, Io } from "../../src/index.ts";
import {
  assertQuiet,
  FAULTS,
  type Fault,
  type FaultRates,
  type FaultSet,
  quietAfterEach,
  type RequestKind,
  type ScriptedFault,
  type SimAttributes,
  type SimPeer,
  type Simulated,
  type SimulatedWorld,
  type SimulateOptions,
  SimulationError,
  simulate,
  simulateSeeds,
} from "../../src/testing.ts";
import { same } from "./same.ts";

const kind: RequestKind = "read";
const fault: Fault = "lateCancel";
const line: ScriptedFault = { fault, kind, path: "/a", nth: 1 };
const sets: readonly FaultSet[] = ["none", "benign", "failures", "all"];
const rates: FaultRates = { [fault]: 0.5 };
const options: SimulateOptions = {
  seed: 1,
  faults: rates,
  script: [line],
  disorder: 0.5,
  patienceMs: 5,
};
const test: Simulated<number> = async (io, world) => {
  same<Io>()(io);
  same<SimulatedWorld>()(world);
  return sets.length;
};

export async function gives(world: SimulatedWorld, error: SimulationError): Promise<void> {
  same<Promise<number>>()(simulate(options, test));
  same<Promise<number[]>>()(simulateSeeds(5, options, test));
  same<void>()(assertQuiet());
  same<void>()(quietAfterEach());
  same<string>()(FAULTS[fault].slice());
  same<number>()(world.nowMs);
  same<Promise<void>>()(world.passTime(5));
  same<SimPeer>()(world.peerOf("/f"));
  same<Uint8Array>()(world.contentOf("/a"));
  same<string[]>()(world.namesIn("/"));
  same<string>()(world.linkTargetOf("/l"));
  same<boolean>()(world.exists("/a"));
  same<SimAttributes>()(world.attributesOf("/a"));
  same<Attributes>()(world.attributesOf("/a"));
  same<number>()(world.descriptorCount);
  same<void>()(world.makeFile("/a", new Uint8Array(1), 0o644));
  same<void>()(world.makeDirectory("/d", 0o755));
  same<void>()(world.makeFifo("/f", 0o644));
  same<void>()(world.makeLink("/l", "/a"));
  same<readonly InFlight[]>()(error.held);
  same<readonly string[]>()(error.leftOpen);
  same<readonly string[]>()(error.violations);
  same<string>()(error.trace);
  same<number>()(error.seed);
}

type Attributes = Readonly<
  Record<"mode" | "uid" | "gid", number> & Record<"accessedNs" | "modifiedNs", bigint>
>;

export function peers(peer: SimPeer): void {
  same<void>()(peer.write("text"));
  same<void>()(peer.write(new Uint8Array(1)));
  same<void>()(peer.fill());
  same<Uint8Array>()(peer.empty());
  same<void>()(peer.close());
}

export function refuses(io: Io, world: SimulatedWorld, peer: SimPeer): void {
  // @ts-expect-error options come first
  simulate(test);
  // @ts-expect-error no such fault
  simulate({ faults: { lateCancle: 0.5 } }, test);
  // @ts-expect-error no such set
  simulate({ faults: "some" }, test);
  // @ts-expect-error no such kind
  simulate({ script: [{ fault: "stuck", kind: "reed" }] }, test);
  // @ts-expect-error how many comes first
  simulateSeeds({}, test);
  // @ts-expect-error what is looked at is an Io
  assertQuiet(io.inFlight());
  // @ts-expect-error what is looked at is an Io
  quietAfterEach(5);
  // @ts-expect-error a path is text here
  world.makeFile(new URL("file:///a"));
  // @ts-expect-error a mode is a number
  world.makeDirectory("/d", "0755");
  // @ts-expect-error a path must be there
  world.makeFifo();
  // @ts-expect-error a target must be there
  world.makeLink("/l");
  // @ts-expect-error a path must be there
  world.peerOf();
  // @ts-expect-error it tells at once, and takes one path
  world.exists("/a", "/b");
  // @ts-expect-error bytes always
  world.contentOf("/a", "utf8");
  // @ts-expect-error a path must be there
  world.linkTargetOf();
  // @ts-expect-error a path must be there
  world.namesIn();
  // @ts-expect-error a path must be there
  world.attributesOf();
  // @ts-expect-error milliseconds are a number
  world.passTime("5");
  // @ts-expect-error a number is no data
  peer.write(5);
  // @ts-expect-error until it is full, whatever that takes
  peer.fill(5);
  // @ts-expect-error all that is there
  peer.empty(5);
  // @ts-expect-error it takes nothing
  peer.close(5);
  // @ts-expect-error it is thrown by simulations
  new SimulationError("mistake");
}
