/* What one environment (the main thread or one worker) holds. No two threads share a state; the
 * process-wide counters at the end are the only globals. */
#ifndef OVERLAPPED_STATE_H
#define OVERLAPPED_STATE_H

#include <node_api.h>
#include <uv.h>

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
  RINGS_MAX = 32,           /* Rings of one thread, of all its backends. */
  ROSTERS_MAX = 8,          /* Backends of one thread. */
  BLOCKS_MAX = 1 << 20,     /* Blocks of native memory alive at once in one thread. */
  SLOTS_MAX = 1 << 18,      /* Operations in flight at once in one thread. */
  DESCRIPTORS_MAX = 1 << 20, /* Descriptors whose owner is remembered, by number. */
  GUARDED_MAX = 16,         /* Terminals of the process whose modes are remembered. */
};

/* Calls of the pool's threads. The numbers are those of `src/backend/threads/encode.ts`. */
enum call_kind {
  CALL_READLINK,
  CALL_LIST,
  CALL_CHMOD,
  CALL_CHOWN,
  CALL_UTIMES,
  CALL_COPY_RANGE,
  CALL_CLONE,
  CALL_SEEK,
  CALL_COPY_FILES,
  CALL_READ,
  CALL_WRITE,
  CALL_OPEN,
  CALL_CLOSE,
  CALL_READ_AT,
  CALL_WRITE_AT,
  CALL_READ_PARTS,
  CALL_WRITE_PARTS,
  CALL_SYNC,
  CALL_STAT,
  CALL_TRUNCATE,
  CALL_ALLOCATE,
  CALL_RENAME,
  CALL_LINK,
  CALL_SYMLINK,
  CALL_UNLINK,
  CALL_MKDIR,
  CALL_READ_FILE,
  CALL_KINDS,
};

enum { CALL_WORDS = 8 }; /* Arguments of a call. */

/* The result of a call that has opened something, of which a double has every bit:
 *
 *    50      49      48     47 … 31             30 … 0
 *   opened  stream  waits  bytes read already  descriptor */
#define OPENED (INT64_C(1) << 50)
#define OPENED_STREAM (INT64_C(1) << 49)
#define OPENED_WAITS (INT64_C(1) << 48)
enum { OPENED_COUNT_SHIFT = 31, OPENED_DESCRIPTOR = 0x7fffffff };

/* The last word of `state.descriptors` and of each roster says how many places before it may be
 * taken, so that the end of a thread does not look at a million of them. */
enum { DESCRIPTORS_WORDS = DESCRIPTORS_MAX + 1, ROSTER_WORDS = 2 * SLOTS_MAX + 1 };

/* Words of `state.descriptors`. */
enum {
  DESCRIPTOR_OWN = 1,     /* Ours to close. */
  DESCRIPTOR_PRIVATE = 2, /* And its open file, which has O_NONBLOCK, is nobody else's. */
};

struct state;

/* Memory that the kernel may read or write. Counted: one reference for the handle that JavaScript
 * holds, one for each ArrayBuffer over it. The kernel's claim is no reference but a word in
 * `state.ledger`, so that JavaScript can set and clear it without a call. */
struct block {
  struct state *state;
  void *data;
  size_t size;
  uint32_t index;
  uint32_t references;
  bool leaked; /* The kernel still had it when the environment ended: never freed. */
};

struct ring {
  bool is_open;
  bool is_lost; /* Somebody else has closed the descriptor; `fd` only keeps its number. */
  int fd;
  unsigned features;
  unsigned sq_entries;
  unsigned submitted; /* Entries that the kernel has taken, modulo 2^32. */
  void *rings;
  size_t rings_size;
  void *sqes;
  size_t sqes_size;
  _Atomic unsigned *sq_head, *sq_tail, *sq_flags;
  _Atomic unsigned *cq_head, *cq_tail;
  unsigned *cqes_mask;
  struct io_uring_cqe *cqes;
  struct io_uring_sqe *sq;
  unsigned sq_mask;
};

/* Watches one ring's descriptor in Node's loop. It outlives the ring until uv_close answers. */
struct watch {
  uv_poll_t poll;
  struct state *state;
  napi_ref callback;
  napi_async_context context;
};

struct mailbox;
struct readiness;

/* One of a table of functions for JavaScript, which ends with one that has no name. */
struct function {
  const char *name;
  napi_callback call;
};

struct state {
  napi_env env;
  uv_loop_t *loop;
  struct ring rings[RINGS_MAX];
  struct watch *watches[RINGS_MAX];
  struct mailbox *mailbox; /* Of calls that threads make for us; see calls.c. */
  struct readiness *readiness; /* Of descriptors; see readiness.c. */
  unsigned handles_closing;
  uint32_t *ledger; /* By block index: 1 while the kernel may touch the block. */
  /* By descriptor: not 0 while it belongs to this thread, whose end closes it. */
  uint32_t *descriptors;
  /* One for each backend. Two words for each operation slot: generation while the kernel has it,
   * else 0; and 1 if it opens a descriptor. */
  uint32_t *rosters[ROSTERS_MAX];
  uint32_t rosters_count;
  struct block **blocks;
  uint32_t blocks_count; /* High-water mark of `blocks`. */
  uint32_t *blocks_free;
  uint32_t blocks_free_count;
  uint32_t blocks_alive;
  size_t bytes_freed; /* Since the end of the environment began. */
  uint32_t drain_ms;
  int mounts;       /* A descriptor that tells when mounts come or go, or negative; see mounts.c. */
  bool has_servers; /* Some of them may have to ask a server before they open a file. */
  bool guards[GUARDED_MAX]; /* Which terminals this thread guards; see terminal-guard.c. */
  bool is_ended; /* The cleanup hook has run: ledger and roster are gone. */
  napi_async_cleanup_hook_handle hook;
};

extern _Atomic uint64_t bytes_alive;  /* In blocks not freed, of all threads. */
extern _Atomic uint64_t bytes_leaked; /* In blocks left to the kernel on purpose, of all threads. */

/* ring.c */
napi_value ring_setup(napi_env env, napi_callback_info info);
napi_value ring_enter(napi_env env, napi_callback_info info);
napi_value ring_register(napi_env env, napi_callback_info info);
napi_value ring_close(napi_env env, napi_callback_info info);
napi_value descriptor_seekable(napi_env env, napi_callback_info info);
napi_value descriptor_waits_inside(napi_env env, napi_callback_info info);
int ring_enter_raw(struct ring *ring, unsigned submit, unsigned wait, unsigned flags,
                   const void *argument, size_t size);
void ring_unmap(struct ring *ring);

/* memory.c */
napi_value memory_allocate(napi_env env, napi_callback_info info);
napi_value memory_wrap(napi_env env, napi_callback_info info);
napi_value memory_detach(napi_env env, napi_callback_info info);
napi_value memory_counters(napi_env env, napi_callback_info info);
napi_value memory_roster(napi_env env, napi_callback_info info);
bool memory_state_init(struct state *state);
void memory_state_end(struct state *state, bool is_drained);
void memory_state_free(struct state *state);

/* mounts.c */
napi_value mounts_opens_wait(napi_env env, napi_callback_info info);

/* watch.c */
napi_value watch_start(napi_env env, napi_callback_info info);
napi_value watch_hold(napi_env env, napi_callback_info info);
void watch_close(struct state *state, unsigned index);

/* calls.c */
napi_value calls_open(napi_env env, napi_callback_info info);
napi_value calls_call(napi_env env, napi_callback_info info);
napi_value calls_cancel(napi_env env, napi_callback_info info);
bool calls_close(struct state *state);
bool calls_drain(struct state *state, const struct timespec *deadline);
void stay_loaded(void);

/* descriptors.c */
extern const struct function descriptor_functions[];
int descriptor_own(struct state *state, int fd);
int descriptor_own_private(struct state *state, int fd);
int descriptor_mode(int fd);
bool descriptor_can_wait(int fd);
int descriptor_open_anew(int fd);

/* readiness.c */
extern const struct function readiness_functions[];
bool readiness_close(struct state *state);

/* attempt.c */
napi_value attempt(napi_env env, napi_callback_info info);

/* terminal.c */
extern const struct function terminal_functions[];

/* terminal-guard.c */
void guards_end(struct state *state);

/* perform.c */
int64_t call_perform(enum call_kind kind, const int64_t *words);
int64_t copy_small_files(const int64_t *words);

/* file-calls.c */
int64_t file_call_perform(enum call_kind kind, const int64_t *words);

/* teardown.c */
void teardown_begin(napi_async_cleanup_hook_handle handle, void *data);
void teardown_handle_closed(struct state *state);

#endif
