/*
 * The life of an operation, its buffer and its slot, against a kernel that is out to get us. For
 * the model checker Spin: `npm run model`, explained in docs/model.md.
 *
 *   Thread(caller)   calls at any time, as often as it likes  ┐ one JavaScript thread: a step is
 *   Thread(loop)     submits, sends cancels, hears answers    ├ atomic, and all steps end in the
 *   Thread(reaper)   hears completions                        ┘ same way
 *   Ring             the kernel takes entries in any order, and answers cancels as it likes
 *   Work             the kernel does the work, at the last possible moment
 *
 * Each of the five is fair by itself: what it can go on doing, it does at some time. The states of
 * a record and every enter() are compared with src/operation/operation.ts by a test.
 *
 * UNSAFE_ and ENDLESS_ are mistakes, of which scripts/model.ts compiles in one at a time: Spin must
 * find that an assertion fails, or that something is never released.
 */

#ifndef OPERATIONS
#define OPERATIONS 3 /* Or 2. */
#endif
#ifndef MISCHIEF
#define MISCHIEF 1 /* How often the kernel does what must end some time. */
#endif
#define CLOSE OPERATIONS /* The record of the handle's close, which is an operation too. */
#define RECORDS (OPERATIONS + 1)
#define SLOTS 2
#define ENTRIES 2 /* Of the ring: a third request or cancel has to wait. */
#define NOBODY 255
/* The part of a step in which there is no choice. As one move it is faster to check, but then Spin
   does not tell which of its statements are never reached. */
#ifdef AS_ONE_MOVE
#define REST d_step
#else
#define REST atomic
#endif

/* States of a record. */
mtype = { queued, submitted, canceling, abandoned, settled }
/* Phases of the backend's entry. */
mtype = { idle, pending, given }
/* Where a request or a cancel is, seen from the kernel's side; then how it was answered. */
mtype = { nowhere, inRing, flying, done, interrupted, partly, found, notFound, already }
/* What moves the thread, and what for. */
mtype = { caller, loop, reaper }
mtype = { starts, closes, asks, isClosedOn, hasTurn, sends, sendsCancel, hears, completes, repeats }
mtype = { stop, leave }

/* Slot and generation: the kernel is told them, and says them again in each of its answers. */
#define idOf(s) (generation[s] * SLOTS + s)
#define slotOf(id) (id % SLOTS)

/* The records, in the order in which they begin. */
byte started;
mtype state[RECORDS] = queued;
byte id[RECORDS]; /* 0 while it has no place in the table. */
bool isRead[RECORDS]; /* It may wait for a peer for ever. */
bool isLent[RECORDS]; /* Its buffer is the kernel's. */
bool isTold[RECORDS]; /* Its promise is settled. */

/* The table, and the backend's entries. */
byte holder[SLOTS] = NOBODY;
byte generation[SLOTS];
mtype phase[SLOTS] = idle;
byte entryId[SLOTS];
byte request[SLOTS]; /* Whose it is. */
bool isWanted[SLOTS]; /* The cancel of it. */
bool isCancelQueued[SLOTS];

/* The handle. */
bool isClosing;
bool isHurried; /* The wait of the close was cut short. */
bool isCloseAdmitted;

/* The kernel. It knows what it was told, and not who has moved on since. */
mtype work[RECORDS] = nowhere;
byte workId[RECORDS];
bool isStuck[RECORDS]; /* Nothing but a cancel ends it. */
mtype cancelOf[RECORDS] = nowhere;
byte cancelId[RECORDS];
byte inRingCount;
bool isOpen = true; /* The descriptor. */
byte repeated; /* The id of a completion that is posted twice; 0 if there is none. */
byte mischief;

#define isBegun(i) (i < started || (i == CLOSE && isClosing))
#define isLive(i) (isBegun(i) && state[i] != settled)
#define isHeld(i) (work[i] == inRing || work[i] == flying)
#define isFree(s) (holder[s] == NOBODY)
#define needsPlace(i) (isLive(i) && id[i] == 0)
#define hasRoom (inRingCount < ENTRIES)
#define isFreeAny (isFree(0) || isFree(1))

/* The options of an `if`: one for each of which `is` is true. */
#define OPTION(is, who, number, what) :: is(number) -> who = number; event = what
#define EACH_SLOT(is, what) OPTION(is, s, 0, what) OPTION(is, s, 1, what)
#if OPERATIONS == 3
#define any(is) (is(0) || is(1) || is(2))
#define EACH_OPERATION(is, what) \
  OPTION(is, i, 0, what) OPTION(is, i, 1, what) OPTION(is, i, 2, what)
#else
#define any(is) (is(0) || is(1))
#define EACH_OPERATION(is, what) OPTION(is, i, 0, what) OPTION(is, i, 1, what)
#endif
#define EACH_RECORD(is, what) EACH_OPERATION(is, what) OPTION(is, i, CLOSE, what)

/* ---- What can happen to the thread ---- */

#ifdef UNSAFE_NEW_WORK_WHILE_CLOSING
#define canStart(i) (source == caller && started == i)
#else
#define canStart(i) (source == caller && started == i && !isClosing)
#endif
#define canAsk(i) (source == caller && isBegun(i))
/* A close ends what may wait for ever, and the rest too when nobody waits for it any more. */
#define canBeClosedOn(i) \
  (source == loop && isClosing && (isRead[i] || isHurried) && isBegun(i) && \
   (state[i] == queued || state[i] == submitted))
/* At any time: lanes and fences are not modeled further. */
#define canHaveTurn(i) (source == loop && id[i] != 0 && state[i] == queued)
#define canSend(s) (source == loop && phase[s] == pending && hasRoom)
#ifdef ENDLESS_CANCEL_DROPPED_WITHOUT_ROOM
#define canSendCancel(s) (source == loop && isCancelQueued[s] && phase[s] == given)
#else
#define canSendCancel(s) (source == loop && isCancelQueued[s] && phase[s] == given && hasRoom)
#endif
#define canHear(i) (source == loop && cancelOf[i] != nowhere && cancelOf[i] != inRing)
#define canComplete(i) (source == reaper && work[i] != nowhere && !isHeld(i))

/* Whether what comes back is meant for the entry as it is now. */
#if defined(UNSAFE_GENERATION_IGNORED)
#define isForEntry (phase[s] == given)
#elif defined(UNSAFE_SECOND_COMPLETION_SETTLES)
#define isForEntry (entryId[s] == heard)
#else
#define isForEntry (phase[s] == given && entryId[s] == heard)
#endif

/* Every change of a record's state. */
inline enter(who, from, to) {
  assert(state[who] == from);
  state[who] = to
}

/* Settles the promise, once. */
inline tell(who) {
  assert(!isTold[who]);
  isTold[who] = true
}

/* ---- How a step begins ---- */

inline start() {
  started++;
  isRead[i] = (i != 1);
  if
  :: isLent[i] = true
  :: isOver = true /* The signal is aborted already: nothing is lent, nothing asked. */
  :: !isFreeAny -> isOver = true /* Too many wait: refused. */
  fi
}

inline send() {
  i = request[s];
  phase[s] = given;
  assert(work[i] == nowhere);
  work[i] = inRing;
  workId[i] = entryId[s];
  inRingCount++
}

inline sendCancel() {
  isCancelQueued[s] = false;
  i = request[s];
  assert(cancelOf[i] == nowhere);
  if
#ifdef ENDLESS_CANCEL_DROPPED_WITHOUT_ROOM
  :: !hasRoom -> skip
#endif
  :: hasRoom ->
    cancelOf[i] = inRing;
    cancelId[i] = entryId[s];
    inRingCount++
  fi
}

/* The answer to a cancel, which decides nothing. */
inline hear() {
  result = cancelOf[i];
  heard = cancelId[i];
  cancelOf[i] = nowhere;
  cancelId[i] = 0;
  s = slotOf(heard);
  if
  :: isForEntry ->
    assert(request[s] == i);
#ifdef UNSAFE_RELEASE_ON_FOUND
    isOver = (result == found);
#endif
#ifdef UNSAFE_RELEASE_ON_NOT_FOUND
    isOver = (result == notFound);
#endif
#ifdef UNSAFE_RELEASE_ON_ALREADY
    isOver = (result == already);
#endif
#ifndef ENDLESS_CANCEL_NOT_REPEATED
    isCancelQueued[s] = (result != found); /* If found, its completion is on the way. */
#endif
    skip
  :: else -> skip /* The slot is nobody's by now, or somebody else's. */
  fi
}

inline takeCompletion() {
  result = work[i];
  heard = workId[i];
  work[i] = nowhere;
  workId[i] = 0;
  if
  :: mischief < MISCHIEF && result != interrupted && repeated == 0 ->
    mischief++;
    repeated = heard
  :: skip
  fi
}

inline takeRepeated() {
  i = NOBODY;
  result = done;
  heard = repeated;
  repeated = 0
}

inline complete() {
  s = slotOf(heard);
  if
  :: isForEntry ->
    assert(request[s] == i && holder[s] == i);
#ifndef UNSAFE_CANCEL_LEFT_QUEUED
    isCancelQueued[s] = false;
#endif
    if
#ifdef ENDLESS_CANCEL_LOST_BY_INTERRUPTION
    :: result == interrupted -> phase[s] = pending
#else
    :: result == interrupted && !isWanted[s] -> phase[s] = pending
    :: result == interrupted && isWanted[s] -> isOver = true
#endif
#ifdef UNSAFE_NEXT_PART_AFTER_CANCEL
    :: result == partly -> due = i
#else
    :: result == partly && state[i] == submitted -> due = i
    :: result == partly && state[i] != submitted -> isOver = true
#endif
    :: result == done -> isOver = true
    fi
  :: else -> assert(i == NOBODY) /* The kernel's first word always finds its record. */
  fi
}

/* ---- How it ends ---- */

/* A request to stop, and no more. */
inline cancel() {
  if
#ifdef UNSAFE_CLOSE_CANCELED
  :: state[i] == queued -> isOver = true
#else
  :: i == CLOSE -> isHurried = isHurried || isLive(CLOSE) /* The close itself goes on. */
  :: i != CLOSE && state[i] == queued -> isOver = true /* The kernel never saw it. */
#endif
  :: i != CLOSE && state[i] == submitted ->
    enter(i, submitted, canceling);
    isCancelNeeded = true
  :: else -> skip
  fi
}

/* The caller stops waiting. What the kernel has stays the kernel's. */
inline abandon() {
  if
  :: state[i] == queued ->
    enter(i, queued, abandoned);
    tell(i);
    isOver = (i != CLOSE)
  :: state[i] == submitted ->
    enter(i, submitted, abandoned);
    tell(i);
#ifndef ENDLESS_ABANDONED_WITHOUT_CANCEL
    isCancelNeeded = true;
#endif
#ifdef UNSAFE_BUFFER_BACK_ON_ABANDON
    isLent[i] = false;
#endif
#ifdef UNSAFE_SLOT_FREE_ON_ABANDON
    holder[slotOf(id[i])] = NOBODY;
#endif
    skip
  :: state[i] == canceling ->
    enter(i, canceling, abandoned);
    tell(i)
  :: else -> skip
  fi
}

inline cancelInBackend() {
  s = slotOf(id[i]);
  assert(entryId[s] == id[i] && !isWanted[s]);
  if
  :: i == CLOSE -> skip /* Canceled, nobody could know whether the descriptor is closed. */
  :: i != CLOSE && phase[s] == pending -> isOver = true /* The kernel never saw it. */
  :: i != CLOSE && phase[s] == given ->
    isWanted[s] = true;
    isCancelQueued[s] = true
  fi
}

inline finish() {
  assert(work[i] == nowhere); /* Never released before its completion. */
  if
  :: state[i] == queued ->
    enter(i, queued, settled);
    tell(i)
  :: state[i] == submitted ->
    enter(i, submitted, settled);
    tell(i)
  :: state[i] == canceling ->
    enter(i, canceling, settled);
    tell(i)
  :: state[i] == abandoned ->
    enter(i, abandoned, settled);
    assert(isTold[i])
  fi;
#ifndef ENDLESS_BUFFER_KEPT
  isLent[i] = false;
#endif
  isRead[i] = false;
  if
  :: id[i] == 0 -> skip
  :: id[i] != 0 ->
    s = slotOf(id[i]);
    id[i] = 0;
    assert(holder[s] == i);
#ifndef ENDLESS_SLOT_KEPT
    holder[s] = NOBODY;
#endif
    phase[s] = idle;
    isWanted[s] = false
  fi
}

/* Who came first has the slot that is free. */
inline place() {
  i = 0;
  do
  :: !needsPlace(i) -> i++
  :: needsPlace(i) -> break
  od;
  isCloseAdmitted = (i == CLOSE);
  if
  :: isFree(0) -> s = 0
  :: !isFree(0) -> s = 1
  fi;
  holder[s] = i;
  generation[s]++;
  id[i] = idOf(s)
}

inline closeWhenIdle() {
#ifndef UNSAFE_CLOSED_TWICE
  isCloseAdmitted = false;
#endif
  due = CLOSE
}

inline submit() {
  s = slotOf(id[due]);
  if
  :: state[due] == queued -> enter(due, queued, submitted)
  :: state[due] == abandoned -> assert(due == CLOSE)
  :: else -> /* The next part of a whole: a new submission, and so a new name. */
    assert(state[due] == submitted && phase[s] == given);
    phase[s] = idle;
#ifndef UNSAFE_NEXT_PART_KEEPS_ITS_NAME
    generation[s]++;
#endif
    id[due] = idOf(s)
  fi;
  assert(phase[s] == idle);
  phase[s] = pending;
  entryId[s] = id[due];
  request[s] = due
}

#ifdef UNSAFE_CLOSE_DOES_NOT_WAIT
#define isIdle true
#else
#define isIdle (!any(isLive))
#endif

proctype Thread(mtype source) {
  mtype event, ask, result;
  byte i; /* The record that the step is about. */
  byte s; /* Its slot. */
  byte heard;
  byte due = NOBODY; /* The record whose turn has come. */
  bool isOver, isCancelNeeded;

end:
  do
  :: atomic {
    if
    EACH_OPERATION(canStart, starts)
    :: source == caller && !isClosing -> event = closes
    EACH_RECORD(canAsk, asks)
    EACH_OPERATION(canBeClosedOn, isClosedOn)
    EACH_OPERATION(canHaveTurn, hasTurn)
    EACH_SLOT(canSend, sends)
    EACH_SLOT(canSendCancel, sendsCancel)
    EACH_OPERATION(canHear, hears)
    EACH_RECORD(canComplete, completes)
    :: source == reaper && repeated != 0 -> event = repeats
    fi;

    if
    :: event == starts -> start()
    :: event == closes -> isClosing = true
    :: event == asks ->
      if
      :: ask = stop /* By a call, a signal or a timer: there is no difference. */
      :: ask = leave
#ifdef UNSAFE_SETTLED_ON_TIMEOUT
      :: state[i] != settled -> isOver = true
#endif
      fi
    :: event == isClosedOn -> ask = stop
    :: event == hasTurn -> due = i
    :: event == sends -> send()
    :: event == sendsCancel -> sendCancel()
    :: event == hears -> hear()
    :: event == completes -> takeCompletion()
    :: event == repeats -> takeRepeated()
    fi;
    REST {
      if
      :: event == completes || event == repeats -> complete()
      :: else -> skip
      fi;

      if
      :: ask == stop -> cancel()
      :: ask == leave -> abandon()
      :: else -> skip
      fi;
      if
      :: isCancelNeeded -> cancelInBackend()
      :: else -> skip
      fi;
      if
      :: isOver -> finish()
      :: else -> skip
      fi;
      if
      :: isFreeAny && (any(needsPlace) || needsPlace(CLOSE)) -> place()
      :: else -> skip
      fi;
      if
      :: isCloseAdmitted && isIdle -> closeWhenIdle()
      :: else -> skip
      fi;
      if
      :: due != NOBODY -> submit()
      :: else -> skip
      fi;

      event = 0;
      ask = 0;
      result = 0;
      i = 0;
      s = 0;
      heard = 0;
      due = NOBODY;
      isOver = false;
      isCancelNeeded = false
    }
  }
  od
}

/* ---- The kernel ---- */

#define isRequestInRing(i) (work[i] == inRing)
/* Overtaken by all, but itself after the request that it is for. */
#define isCancelInRing(i) (cancelOf[i] == inRing && work[i] != inRing)
#define canEnd(i) (work[i] == flying && !isStuck[i])
#ifdef UNSAFE_CANCEL_WITHOUT_GENERATION
#define isTarget(j) (work[j] == flying && slotOf(workId[j]) == slotOf(cancelId[i]))
#else
#define isTarget(j) (work[j] == flying && workId[j] == cancelId[i])
#endif

/* Answers in vain as often as it likes, unless nothing but the cancel ends the request. */
inline answerCancel() {
  do
  :: j < OPERATIONS && !isTarget(j) -> j++
  :: else -> break
  od;
  if
  :: j == OPERATIONS -> cancelOf[i] = notFound
  :: j < OPERATIONS ->
    assert(j == i && (state[j] == canceling || state[j] == abandoned));
    if
    :: isStuck[j] = false; /* It ends some time, perhaps with all that was asked for. */
      cancelOf[i] = found
    :: !isStuck[j] || mischief < MISCHIEF ->
      mischief = mischief + isStuck[j];
      if
      :: cancelOf[i] = notFound
      :: cancelOf[i] = already
      fi
    fi
  fi
}

proctype Ring() {
  mtype event;
  byte i, j;

end:
  do
  :: atomic {
    if
    EACH_RECORD(isRequestInRing, sends)
    EACH_OPERATION(isCancelInRing, sendsCancel)
    fi;
    inRingCount--;
    if
    :: event == sends ->
      work[i] = flying;
      if
      :: isRead[i] -> isStuck[i] = true
      :: skip
      fi
    :: event == sendsCancel -> answerCancel()
    fi;
    event = 0;
    i = 0;
    j = 0
  }
  od
}

proctype Work() {
  mtype event;
  byte i;

end:
  do
  :: atomic {
    if
    EACH_RECORD(canEnd, completes)
    fi;
    assert(isOpen);
    if
    :: i == CLOSE ->
      assert(!any(isHeld)); /* It is the last to use the descriptor. */
      isOpen = false
    :: i != CLOSE -> assert(isLent[i]) /* Now the kernel writes to the buffer. */
    fi;
    if
    :: work[i] = done
    :: i != CLOSE && mischief < MISCHIEF ->
      mischief++;
      if
      :: work[i] = interrupted
      :: work[i] = partly
      fi
    fi;
    event = 0;
    i = 0
  }
  od
}

init {
  atomic {
    run Thread(caller);
    run Thread(loop);
    run Thread(reaper);
    run Ring();
    run Work()
  }
}

/* ---- Always released after ---- */

/* Nothing has to happen to it: it waits for a peer, or for the place of one that does. */
#define isAtRest(i) \
  (!isClosing && \
   ((state[i] == submitted && work[i] == flying && isStuck[i]) || \
    (state[i] == queued && id[i] == 0 && !isFreeAny)))
#define isOwed(i) (isBegun(i) && (isLive(i) || isLent[i] || id[i] != 0) && !isAtRest(i))
#define owed (any(isOwed) || isOwed(CLOSE) || (isClosing && isOpen))

/* Not looked at when only the assertions are checked: it would count as never reached. */
#ifndef SAFETY_ONLY
ltl released { [] (owed -> <> !owed) }
#endif
