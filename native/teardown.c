/* The end of an environment: cancel, count completions, and past the bound leak on purpose.
 *
 * Node's order at the end of a worker or of the process is: finalizers of ArrayBuffers, cleanup
 * hooks (this file), finalizers of handles, instance data. JavaScript runs no more, so the native
 * half does here what `operation/` does while it can: it never frees before completion. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  WAIT_MS = 5,      /* One wait for completions. */
  RESEND_WAITS = 8, /* Cancel again after so many waits: a cancel can meet a request too early. */
};

static uint64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static unsigned in_flight(const struct ring *ring) {
  return ring->submitted - atomic_load(ring->cq_head);
}

static bool opens(const struct state *state, uint64_t user_data) {
  uint32_t slot = (uint32_t)user_data, generation = (uint32_t)(user_data >> 32);
  for (uint32_t i = 0; slot < SLOTS_MAX && i < state->rosters_count; i++) {
    const uint32_t *entry = &state->rosters[i][2 * slot];
    if (entry[0] == generation && entry[1] != 0) return true;
  }
  return false;
}

/* Off the list at once: the thread may have ended between the two words that tell of it, and the
 * number be somebody else's soon. */
static void close_own(const struct state *state, int fd) {
  if (fd < DESCRIPTORS_MAX) state->descriptors[fd] = 0;
  close(fd);
}

/* Every entry that the kernel took answers exactly once, so reading is counting. Nobody is left to
 * take a descriptor that an open has brought. */
static void read_all(const struct state *state, struct ring *ring) {
  unsigned head = atomic_load(ring->cq_head), tail = atomic_load(ring->cq_tail);
  for (; head != tail; head++) {
    const struct io_uring_cqe *cqe = &ring->cqes[head & *ring->cqes_mask];
    if (cqe->res >= 0 && opens(state, cqe->user_data)) close_own(state, cqe->res);
  }
  atomic_store(ring->cq_head, head);
}

/* What JavaScript wrote and never submitted must not go out now. But who writes a close takes the
 * descriptor off the list, and nobody else would close it. */
static void take_back(const struct state *state, struct ring *ring) {
  unsigned head = atomic_load(ring->sq_head), tail = atomic_load(ring->sq_tail);
  for (unsigned at = head; at != tail; at++) {
    const struct io_uring_sqe *sqe = &ring->sq[at & ring->sq_mask];
    if (sqe->opcode == IORING_OP_CLOSE) close_own(state, sqe->fd);
  }
  atomic_store(ring->sq_tail, head);
}

/* After the last completion a number cannot be hit by anything of ours any more. A close that is
 * with the kernel is not on this list: whoever submits it takes the descriptor off. */
static void close_descriptors(const struct state *state) {
  for (uint32_t fd = 0; fd < state->descriptors[DESCRIPTORS_MAX]; fd++) {
    if (state->descriptors[fd] != 0) close((int)fd);
  }
}

static void submit_cancels(const struct state *state, struct ring *ring, unsigned count) {
  unsigned done = 0;
  for (unsigned tries = 0; done < count && tries < 1000; tries++) {
    int taken = ring_enter_raw(ring, count - done, 0, IORING_ENTER_GETEVENTS, NULL, 0);
    if (taken > 0) done += (unsigned)taken;
    read_all(state, ring); /* Room for what did not fit. */
  }
}

static unsigned put_cancel(const struct state *state, struct ring *ring, unsigned filled,
                           uint64_t target) {
  unsigned tail = atomic_load(ring->sq_tail);
  struct io_uring_sqe *sqe = &ring->sq[tail & ring->sq_mask];
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = IORING_OP_ASYNC_CANCEL;
  sqe->fd = -1;
  sqe->addr = target;
  sqe->user_data = UINT64_MAX;
  atomic_store(ring->sq_tail, tail + 1);
  if (filled + 1 < ring->sq_entries) return filled + 1;
  submit_cancels(state, ring, filled + 1);
  return 0;
}

/* One by one: asking for all at once is quadratic in the kernel and blocks inside the call. A slot
 * of another ring answers "not found", which costs little and harms nothing. */
static void cancel_all(struct state *state, struct ring *ring) {
  /* Those that were not taken the last time are written anew. */
  atomic_store(ring->sq_tail, atomic_load(ring->sq_head));
  unsigned filled = 0;
  for (uint32_t i = 0; i < state->rosters_count; i++) {
    const uint32_t *roster = state->rosters[i];
    for (uint32_t slot = 0; slot < roster[2 * SLOTS_MAX]; slot++) {
      uint64_t generation = roster[2 * slot];
      if (generation != 0) filled = put_cancel(state, ring, filled, generation << 32 | slot);
    }
  }
  submit_cancels(state, ring, filled);
}

static bool drain(struct state *state, struct ring *ring, uint64_t deadline) {
  for (unsigned waits = 0; in_flight(ring) != 0; waits++) {
    if (waits % RESEND_WAITS == 0) cancel_all(state, ring);
    read_all(state, ring);
    if (in_flight(ring) == 0) break;
    if (now_ms() >= deadline) return false;
    struct __kernel_timespec timeout = {.tv_nsec = WAIT_MS * 1000000};
    struct io_uring_getevents_arg argument = {.ts = (uint64_t)(uintptr_t)&timeout};
    int answer = ring_enter_raw(ring, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                                &argument, sizeof argument);
    if (answer < 0 && answer != -ETIME && answer != -EINTR && answer != -EAGAIN &&
        answer != -EBUSY) {
      return false; /* No way to hear of the rest: leave it to the kernel. */
    }
    read_all(state, ring);
  }
  return true;
}

/* Thread: the environment's, inside Node's cleanup. Memory: takes the ledger and the roster away;
 * blocks that the kernel still has are leaked, all others go with their handles. */
static void teardown_continue(struct state *state) {
  uint64_t deadline = now_ms() + state->drain_ms;
  struct timespec calls_deadline;
  clock_gettime(CLOCK_MONOTONIC, &calls_deadline);
  calls_deadline.tv_sec += state->drain_ms / 1000;
  calls_deadline.tv_nsec += (long)(state->drain_ms % 1000) * 1000000;
  if (calls_deadline.tv_nsec >= 1000000000) {
    calls_deadline.tv_sec++;
    calls_deadline.tv_nsec -= 1000000000;
  }
  bool is_drained = true;
  for (unsigned i = 0; i < RINGS_MAX; i++) {
    if (!state->rings[i].is_open) continue;
    take_back(state, &state->rings[i]);
    if (!drain(state, &state->rings[i], deadline)) is_drained = false;
  }
  if (!calls_drain(state, &calls_deadline)) is_drained = false;
  for (unsigned i = 0; i < RINGS_MAX; i++) {
    if (state->rings[i].is_open) ring_unmap(&state->rings[i]);
  }
  close_descriptors(state);
  napi_async_cleanup_hook_handle hook = state->hook;
  /* Blocks that lost every reference while lent are known to the state alone. */
  memory_state_end(state, is_drained);
  /* The hook's removal lets Node go on, and fails only for a handle that is not one. */
  if (napi_remove_async_cleanup_hook(hook) != napi_ok) abort();
  memory_state_free(state);
}

/* A watch's, the mailbox's or the readiness's: when the last one has answered, reading completions
 * is safe. A ring that is closed while JavaScript runs ends up here, too. */
void teardown_handle_closed(struct state *state) {
  if (state->handles_closing > 0 && --state->handles_closing == 0) teardown_continue(state);
}

/* The hook. Closes the handles first: only then is reading completions safe from uv_poll. */
void teardown_begin(napi_async_cleanup_hook_handle handle, void *data) {
  struct state *state = data;
  (void)handle;
  guards_end(state);
  for (unsigned i = 0; i < RINGS_MAX; i++) {
    if (state->watches[i] != NULL) state->handles_closing++;
  }
  if (calls_close(state)) state->handles_closing++;
  if (readiness_close(state)) state->handles_closing++;
  if (state->handles_closing == 0) {
    teardown_continue(state);
    return;
  }
  for (unsigned i = 0; i < RINGS_MAX; i++) watch_close(state, i);
}
