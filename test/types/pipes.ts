// Pipes, standard streams, counters, timers and watches: what each call takes and gives, and what
// must not compile. Never run.

import {
  type CallOptions,
  type DescriptorKind,
  EventCounter,
  type EventCounterOptions,
  eventfd,
  type FileEvent,
  FileWatcher,
  type FromFdOptions,
  fromFd,
  type HandleState,
  type Io,
  type IoBuffer,
  inotify,
  KernelTimer,
  type KernelTimerOptions,
  type LineIterator,
  type Operation,
  openPipe,
  openStream,
  type PartOptions,
  type Pipe,
  type PipeFlags,
  pipe,
  type Readiness,
  type ReadUntilOptions,
  type Scope,
  StreamCalls,
  StreamHandle,
  stderr,
  stdin,
  stdout,
  timer,
  type WatchableEvent,
  type WatchEvent,
  type WatchOptions,
  type Writable,
} from "../../src/index.ts";
import { same } from "./same.ts";

const options: CallOptions = { signal: AbortSignal.abort(), timeoutMs: 5 };
const part: PartOptions = { offset: 0, length: 1, ...options };
const until: ReadUntilOptions = { maxBytes: 5, ...options };
const flags: PipeFlags = "r+";
const what: Readiness = "writable";
const takeOver: FromFdOptions = { takeOver: true };
const counting: EventCounterOptions = { initial: 1, semaphore: true };
const ticking: KernelTimerOptions = { clock: "realtime" };
const watched: WatchableEvent[] = ["create", "closeWrite"];
const link: WatchOptions = { followSymlinks: false };
const told: WatchEvent = "overflow";

export function calls(io: Io, scope: Scope): void {
  for (const each of [io, scope] satisfies StreamCalls[]) {
    same<Operation<StreamHandle>>()(each.openPipe("/a", flags, options));
    same<Operation<StreamHandle>>()(each.openStream("/a", 0, options));
    same<Pipe>()(each.pipe());
    same<StreamHandle>()(each.stdin());
    same<StreamHandle>()(each.stdout());
    same<StreamHandle>()(each.stderr());
    same<StreamHandle>()(each.fromFd(5, takeOver));
    same<EventCounter>()(each.eventfd(counting));
    same<KernelTimer>()(each.timer(ticking));
    same<FileWatcher>()(each.inotify());
  }
  same<StreamHandle>()(scope.add(pipe().reader));
  for (const each of [stdin(), stdout(), stderr(), fromFd(5)]) same<StreamHandle>()(each);
  same<Operation<StreamHandle>>()(openPipe(new URL("file:///a")));
  same<Operation<StreamHandle>>()(openStream(new Uint8Array(1), "r+"));
  same<EventCounter>()(eventfd());
  same<KernelTimer>()(timer());
  same<FileWatcher>()(inotify());
}

export function gives(stream: StreamHandle, buffer: IoBuffer, data: Writable): void {
  same<DescriptorKind>()(stream.kind);
  same<string>()(stream.path);
  same<HandleState>()(stream.state);
  same<Operation<number>>()(stream.read(buffer, part));
  same<Operation<number>>()(stream.readv([buffer], options));
  same<Promise<Uint8Array>>()(stream.readExactly(1, options));
  same<Promise<Uint8Array>>()(stream.readUntil("\n", until));
  same<Promise<Uint8Array>>()(stream.readUntil(Uint8Array.of(0)));
  same<Operation<number>>()(stream.write(data, part));
  same<Operation<number>>()(stream.writeAll(data, part));
  same<Operation<number>>()(stream.writev([buffer] as const, options));
  same<Operation<void>>()(stream.ready(what, options));
  same<Operation<void>>()(stream.close(options));
  same<Promise<void>>()(stream.cancelAll());
  same<StreamHandle>()(stream.ref());
  same<StreamHandle>()(stream.unref());
  same<LineIterator>()(stream.lines());
}

export async function more(counter: EventCounter, ticks: KernelTimer): Promise<void> {
  same<Operation<bigint>>()(counter.wait(options));
  same<Operation<void>>()(counter.add(1n, options));
  same<EventCounter>()(counter.unref());
  same<void>()(ticks.set(1.5, 0));
  same<Operation<bigint>>()(ticks.expirations(options));
  await using watcher = inotify();
  same<void>()(watcher.add("/a", watched, link));
  same<boolean>()(watcher.remove("/a"));
  same<Promise<FileEvent>>()(watcher.next(options));
  for await (const { path, name, nameBytes, events, isDirectory, cookie } of watcher) {
    same<string | null>()(path);
    same<string | null>()(name);
    same<Uint8Array | null>()(nameBytes);
    same<boolean>()(events.includes(told));
    same<boolean>()(isDirectory);
    same<number>()(cookie);
  }
}

export function refusesCalls(io: Io): void {
  // @ts-expect-error a FIFO is neither made nor emptied
  openPipe("/a", "w+");
  // @ts-expect-error it has no mode: it is there already
  openStream("/a", "r", 0o644);
  // @ts-expect-error a pipe has no options
  pipe({ size: 5 });
  // @ts-expect-error it is always descriptor 0
  stdin(0);
  // @ts-expect-error it is always descriptor 1
  stdout(1);
  // @ts-expect-error it is always descriptor 2
  stderr(2);
  // @ts-expect-error a descriptor is a number
  fromFd("5");
  // @ts-expect-error the option is called takeOver
  io.fromFd(5, { takeover: true });
  // @ts-expect-error the first count is 32 bits
  eventfd({ initial: 1n });
  // @ts-expect-error there are two clocks
  timer({ clock: "boottime" });
  // @ts-expect-error what is watched is told by add()
  inotify("/a");
  // @ts-expect-error they are those of an Io or a scope
  new StreamCalls();
}

export function refuses(stream: StreamHandle, buffer: IoBuffer): void {
  // @ts-expect-error a stream has no positions
  stream.read(buffer, { position: 0 });
  // @ts-expect-error several buffers are a list
  stream.readv(buffer);
  // @ts-expect-error so many bytes, and not into a buffer
  stream.readExactly(buffer);
  // @ts-expect-error a delimiter is text or bytes, and no pattern
  stream.readUntil(/\n/);
  // @ts-expect-error a number is no bytes
  stream.write(5);
  // @ts-expect-error a stream has no positions
  stream.writeAll("text", { position: 0 });
  // @ts-expect-error text is not lent: only buffers are
  stream.writev(["text"]);
  // @ts-expect-error it is ready for reading or writing
  stream.ready("read");
  // @ts-expect-error the option is called timeoutMs
  stream.close({ timeout: 5 });
  // @ts-expect-error it never rejects, and needs no options
  stream.cancelAll(options);
  // @ts-expect-error ref() and unref() are two calls
  stream.ref(false);
  // @ts-expect-error ref() and unref() are two calls
  stream.unref(true);
  // @ts-expect-error what a stream is cannot be changed
  stream.kind = "tty";
  // @ts-expect-error it is made by openPipe(), pipe() and their likes
  new StreamHandle();
}

export function refusesMore(counter: EventCounter, ticks: KernelTimer, watcher: FileWatcher): void {
  // @ts-expect-error it takes all, or one of a semaphore
  counter.wait(1);
  // @ts-expect-error a count is a number
  counter.add("1");
  // @ts-expect-error times are milliseconds, as numbers
  ticks.set(1n);
  // @ts-expect-error the option is called timeoutMs
  ticks.expirations({ timeout: 5 });
  // @ts-expect-error an overflow is told without being asked for
  watcher.add("/a", ["overflow"]);
  // @ts-expect-error by path, as it was added
  watcher.remove(1);
  // @ts-expect-error events are not numbered
  watcher.next(1);
  // @ts-expect-error made by eventfd()
  new EventCounter();
  // @ts-expect-error made by timer()
  new KernelTimer();
  // @ts-expect-error made by inotify()
  new FileWatcher();
}
