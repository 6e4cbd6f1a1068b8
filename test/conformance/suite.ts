// The conformance suite: what every backend must do, written against the contract and the public
// API. A backend runs it by handing over a subject; a case that it cannot run is skipped because
// of a declared ability, with the reason.

import { after, before, describe } from "node:test";

import { abandonCases } from "./abandons.ts";
import { argumentCases } from "./arguments.ts";
import { cancelCases } from "./cancels.ts";
import { contractCases } from "./contract.ts";
import { endingCases } from "./endings.ts";
import { eventCases } from "./events.ts";
import { everydayCases } from "./everyday.ts";
import { fairnessCases } from "./fairness.ts";
import { handleCases } from "./handles.ts";
import { ownershipCases } from "./ownership.ts";
import { processCases } from "./processes.ts";
import { scopeCases } from "./scopes.ts";
import { semanticsCases } from "./semantics.ts";
import { streamHandleCases } from "./stream-handles.ts";
import { streamCases } from "./streams.ts";
import { LONG_MS, type Stage, type Subject, type World } from "./subject.ts";
import { quickTraits } from "./traits-quick.ts";
import { stuckTraits } from "./traits-stuck.ts";

/** `skip`: false, or why this backend is not here at all. */
export function conformance(subject: Subject, skip: string | false): void {
  describe(`conformance of ${subject.name}`, { skip, concurrency: 1 }, () => {
    let world: World;
    let made: Stage;
    // Orphans do not hold the process (decision 9), but tests wait for their end.
    let hold: NodeJS.Timeout;
    const stage = (): Stage => made;
    before(() => {
      world = subject.makeWorld();
      made = subject.makeStage(world);
      hold = setInterval(() => {}, LONG_MS);
    });
    after(() => {
      clearInterval(hold);
      world.dispose();
    });

    describe("the contract", () => contractCases(subject, stage));
    describe("calls that are answered", () => quickTraits(subject, stage));
    describe("calls that wait", () => stuckTraits(subject, stage));
    ownershipCases(subject, stage);
    handleCases(subject, stage);
    cancelCases(subject, stage);
    abandonCases(subject, stage);
    scopeCases(subject, stage);
    endingCases(subject, stage);
    eventCases(subject, stage);
    fairnessCases(subject, stage);
    semanticsCases(subject, stage);
    streamCases(subject, stage);
    streamHandleCases(subject, stage);
    argumentCases(stage);
    everydayCases(subject, stage);
    processCases(subject, stage);
  });
}
