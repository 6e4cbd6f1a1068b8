// The whole state of a world as text: two worlds with the same have the same future. What only
// tells earlier from later, such as ids and numbers, is left out; the search checks that nothing
// else is.

import type { Party } from "./explore-party.ts";
import type { World } from "./explore-world.ts";

export function keyOf(world: World): string {
  const { kernel, watch, drain } = world;
  return [
    ...world.parties.map((party) => keyOfParty(world, party)),
    world.isOpen ? "open" : world.file.state,
    typeof drain === "string" ? drain : "drained",
    world.isDeadlineOver ? "late" : "",
    world.isSignalAborted ? "aborted" : "",
    world.tricksLeft,
    world.subject.peerActsLeft,
    world.actsInTurn,
    agendaOf(world),
    ...watch.queue.map(({ party, text }) => (party.isOver ? "old" : `${party.name} ${text}`)),
    watch.wanted.map(({ name }) => name).join(),
    world.scene.bounds === undefined ? "" : watch.used,
    world.timers.sort().join(),
    world.subject.contents,
    world.position,
    kernel.descriptors.count,
    kernel.violations.length,
  ].join("|");
}

function keyOfParty({ faults }: World, party: Party): string {
  const task = party.tasks.at(-1);
  if (task === undefined || task.state === "ended") return party.key;
  const tricks = faults.chosenFor(task);
  const isCounting = tricks.includes("lostCancel") || tricks.includes("alreadyRunning");
  const cancels = isCounting ? Math.min(task.cancels, 2) : 0;
  return `${party.key}/${tricks.join()}/${cancels}`;
}

function agendaOf(world: World): string {
  const { agenda } = world.kernel;
  const events: string[] = [];
  for (let place = 0; place < agenda.count; place++) {
    const { kind, number } = agenda.at(place);
    events.push(`${kind} ${world.nameOf(kind, number)}`);
  }
  return events.sort().join();
}
