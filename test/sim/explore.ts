// Visits every state that a small world can come to. A world cannot be copied, so each history is
// lived through from its beginning; a state that was seen before ends it.

export interface Space<W, C> {
  readonly make: () => Promise<W>;
  /** What can happen next. */
  readonly choices: (world: W) => readonly C[];
  readonly apply: (world: W, choice: C) => Promise<void>;
  /** Two worlds with the same key have the same future. */
  readonly key: (world: W) => string;
  readonly text: (choice: C) => string;
  /** What is wrong with it. May not change it. */
  readonly complaints: (world: W, isNew: boolean) => readonly string[];
  /** Nothing is under way: where everything must be able to come to. */
  readonly isQuiet: (world: W) => boolean;
  /** What is wrong with what is still to come of a quiet world. May change it. */
  readonly futureComplaints: (world: W) => Promise<readonly string[]>;
  /** What is seen in it, to know afterwards that the search has seen it. */
  readonly sights: (world: W) => readonly string[];
  readonly trace: (world: W) => string;
}

export interface Report {
  readonly states: number;
  readonly transitions: number;
  /** Worlds that were lived through. */
  readonly histories: number;
  /** Of the states, those in which nothing is under way. */
  readonly quiet: number;
  /** Choices that lead to the deepest of them. */
  readonly depth: number;
  readonly sights: readonly string[];
}

interface State<C> {
  readonly key: string;
  readonly before: State<C> | null;
  /** Of those of the state before. */
  readonly place: number;
  readonly depth: number;
  readonly choices: readonly C[];
  /** Where each choice leads to; null until it was tried. */
  readonly next: (State<C> | null)[];
  /** Places of the choices that have not been tried. */
  readonly untried: number[];
  readonly isQuiet: boolean;
}

/** A state that breaks a promise, with the choices that lead to it. */
export class Broken extends Error {
  override readonly name: string = "Broken";
}

class Found<C> extends Error {
  readonly path: readonly C[];

  constructor(message: string, path: readonly C[]) {
    super(message);
    this.path = path;
  }
}

class Search<W, C> {
  readonly #space: Space<W, C>;
  readonly #statesMax: number;
  readonly #states: Map<string, State<C>> = new Map();
  /** With choices that have not been tried, at least when they were found. */
  readonly #open: State<C>[] = [];
  /** The choices of the history that is lived through. */
  #path: C[] = [];
  readonly #sights: Set<string> = new Set();
  #transitions = 0;
  #histories = 0;

  constructor(space: Space<W, C>, statesMax: number) {
    this.#space = space;
    this.#statesMax = statesMax;
  }

  async run(): Promise<Report> {
    const world = await this.#space.make();
    await this.#goOn(world, this.#enter(world, this.#space.key(world), null, 0));
    // The shallowest first: from there a history is long, and passes many that are deep.
    for (const state of this.#open) {
      while (state.untried.length > 0) await this.#goOn(await this.#replay(state), state);
    }
    this.#checkEnds();
    await this.#checkFutures();
    const states = [...this.#states.values()];
    return {
      states: states.length,
      transitions: this.#transitions,
      histories: this.#histories,
      quiet: states.filter(({ isQuiet }) => isQuiet).length,
      depth: states.reduce((most, { depth }) => Math.max(most, depth), 0),
      sights: [...this.#sights],
    };
  }

  async #replay(state: State<C>): Promise<W> {
    const world = await this.#space.make();
    this.#path = pathTo(state);
    for (const choice of this.#path) await this.#space.apply(world, choice);
    return world;
  }

  /** Follows one history as long as it leads to something new, and then once more. */
  async #goOn(world: W, from: State<C>): Promise<void> {
    let state = from;
    for (let place = nextPlace(state); place !== undefined; place = nextPlace(state)) {
      state = await this.#step(world, state, place);
    }
    // A history that came where another one was before: that it goes on alike is no matter of
    // course, see #compareNext.
    this.#histories++;
    const { length } = state.choices;
    if (length > 0) await this.#step(world, state, this.#histories % length);
  }

  async #step(world: W, state: State<C>, place: number): Promise<State<C>> {
    await this.#apply(world, state.choices[place] as C);
    const key = this.#space.key(world);
    const known = this.#states.get(key);
    const [complaint] = this.#space.complaints(world, known === undefined);
    if (complaint !== undefined) throw new Found(complaint, this.#path);
    for (const sight of this.#space.sights(world)) this.#sights.add(sight);
    const next = known ?? this.#enter(world, key, state, place);
    if (known !== undefined) this.#compareChoices(world, known);
    const before = state.next[place] ?? null;
    if (before === null) this.#transitions++;
    else this.#compareNext(before, next);
    state.next[place] = next;
    return next;
  }

  async #apply(world: W, choice: C): Promise<void> {
    this.#path.push(choice);
    try {
      await this.#space.apply(world, choice);
    } catch (error) {
      throw new Found(String(error), this.#path);
    }
  }

  #enter(world: W, key: string, before: State<C> | null, place: number): State<C> {
    const depth = before === null ? 0 : before.depth + 1;
    const choices = this.#space.choices(world);
    const isQuiet = this.#space.isQuiet(world);
    const next = choices.map(() => null);
    const untried = choices.map((_, at) => at);
    const state: State<C> = { key, before, place, depth, choices, next, untried, isQuiet };
    this.#states.set(key, state);
    this.#open.push(state);
    if (this.#states.size > this.#statesMax) {
      throw new Found(`There are more than ${this.#statesMax} states`, this.#path);
    }
    return state;
  }

  // That the key leaves nothing out: whatever the history, who comes to a state can choose the same
  // as others who came there, and with a choice comes where they came.

  #compareChoices(world: W, { choices, key }: State<C>): void {
    const { text } = this.#space;
    const [found, wanted] = [textsOf(this.#space.choices(world), text), textsOf(choices, text)];
    if (found === wanted) return;
    const what = `One key, and different choices:\n${key}\n${found}\n${wanted}`;
    throw new Found(what, this.#path);
  }

  #compareNext(before: State<C>, found: State<C>): void {
    if (before === found) return;
    throw new Found(`One key, and different futures:\n${before.key}\n${found.key}`, this.#path);
  }

  async #checkFutures(): Promise<void> {
    for (const state of this.#states.values()) {
      if (!state.isQuiet) continue;
      const [complaint] = await this.#space.futureComplaints(await this.#replay(state));
      if (complaint !== undefined) throw new Found(complaint, this.#path);
    }
  }

  /** From everywhere it can come to rest. */
  #checkEnds(): void {
    const before = new Map<State<C>, State<C>[]>();
    for (const state of this.#states.values()) {
      for (const next of state.next) {
        if (next === null) throw new Error("The search has left out a choice");
        before.set(next, [...(before.get(next) ?? []), state]);
      }
    }
    const reached = new Set([...this.#states.values()].filter(({ isQuiet }) => isQuiet));
    for (const state of reached) for (const each of before.get(state) ?? []) reached.add(each);
    for (const state of this.#states.values()) {
      if (!reached.has(state)) throw new Found("From here nothing comes to rest", pathTo(state));
    }
  }
}

/** A choice that has not been tried, or one that leads to a state with such. */
function nextPlace<C>(state: State<C>): number | undefined {
  const untried = state.untried.pop();
  if (untried !== undefined) return untried;
  const place = state.next.findIndex((next) => next !== null && next.untried.length > 0);
  return place === -1 ? undefined : place;
}

function textsOf<C>(choices: readonly C[], text: (choice: C) => string): string {
  return choices.map(text).sort().join();
}

function pathTo<C>(state: State<C>): C[] {
  const path: C[] = [];
  for (let at = state; at.before !== null; at = at.before) {
    path.push(at.before.choices[at.place] as C);
  }
  return path.reverse();
}

/** Throws `Broken` if a state breaks a promise or there are more than `statesMax` of them. */
export async function explore<W, C>(space: Space<W, C>, statesMax: number): Promise<Report> {
  try {
    return await new Search(space, statesMax).run();
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    throw new Broken(await explain(space, error.message, error.path as readonly C[]));
  }
}

async function explain<W, C>(
  space: Space<W, C>,
  complaint: string,
  path: readonly C[],
): Promise<string> {
  const shortest = await shorten(space, complaint, path);
  const world = await space.make();
  try {
    for (const choice of shortest) await space.apply(world, choice);
  } catch {
    // That was the complaint.
  }
  const steps = shortest.map((choice, place) => `${place + 1}. ${space.text(choice)}`);
  return [complaint, "", "Choices:", ...steps, "", "Kernel:", space.trace(world)].join("\n");
}

/** Leaves out choices, one by one, as long as the complaint stays. */
async function shorten<W, C>(
  space: Space<W, C>,
  complaint: string,
  path: readonly C[],
): Promise<readonly C[]> {
  let shortest = path;
  for (let place = path.length - 1; place >= 0; place--) {
    const shorter = shortest.filter((_, at) => at !== place);
    const ended = await follow(space, shorter, complaint);
    if (ended !== null) shortest = ended;
  }
  return shortest;
}

/** The choices up to the complaint, without those that cannot be made; null if it is not heard. */
async function follow<W, C>(
  space: Space<W, C>,
  path: readonly C[],
  complaint: string,
): Promise<readonly C[] | null> {
  const world = await space.make();
  const made: C[] = [];
  for (const choice of path) {
    const text = space.text(choice);
    if (!space.choices(world).some((each) => space.text(each) === text)) continue;
    made.push(choice);
    try {
      await space.apply(world, choice);
    } catch (error) {
      return String(error) === complaint ? made : null;
    }
    if (space.complaints(world, true).includes(complaint)) return made;
  }
  return null;
}
