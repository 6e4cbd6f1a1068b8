/* Calls on a few threads of our own: what io_uring has no opcode for, and all where there is none.
 *
 *   JavaScript ──call──► queue ──► thread ──► mailbox ──uv_async──► JavaScript
 *
 * The threads are the process's, detached and never joined: one that hangs in a dead file system
 * keeps nobody from exiting. A mailbox is one environment's; a job refers to it, so that it can
 * outlive the environment. The list of calls is closed. */
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
  THREADS_MAX = 16,       /* A few, and more than a few calls that hang can take. */
  STACK_BYTES = 1 << 17,  /* No call needs more. */
  IDLE_SECONDS = 10,      /* After so long without work a thread ends. */
};

struct job {
  struct job *next;
  struct mailbox *mailbox;
  double number; /* JavaScript's name for it. */
  enum call_kind kind;
  int64_t words[CALL_WORDS];
  int64_t result;
};

struct list {
  struct job *first, *last;
};

/* Guarded by `lock`, but for what only the environment's thread touches. */
struct mailbox {
  uv_async_t wake;
  struct state *state;
  struct list done;
  unsigned running;
  unsigned references; /* The environment, and each job. */
  bool is_listening;   /* `wake` may be used. */
  napi_ref callback;
  napi_ref results;
  napi_async_context context;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_work, has_ended;
static struct list queue;
static unsigned threads, idle, queued;

/* By the clock that nobody sets: else a wait of seconds can take hours. As the shim is loaded. */
__attribute__((constructor)) static void prepare(void) {
  pthread_condattr_t attributes;
  if (pthread_condattr_init(&attributes) != 0 ||
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
      pthread_cond_init(&has_work, &attributes) != 0 ||
      pthread_cond_init(&has_ended, &attributes) != 0) {
    abort();
  }
}

static void push(struct list *list, struct job *job) {
  job->next = NULL;
  if (list->last == NULL) {
    list->first = job;
  } else {
    list->last->next = job;
  }
  list->last = job;
}

static struct job *shift(struct list *list) {
  struct job *job = list->first;
  if (job == NULL) return NULL;
  list->first = job->next;
  if (list->first == NULL) list->last = NULL;
  return job;
}

static void release(struct mailbox *mailbox) {
  if (--mailbox->references == 0) free(mailbox);
}

/* The descriptor that the job has opened; -1 if it has not. */
static int opened_by(const struct job *job) {
  bool is_open = job->kind == CALL_OPEN || job->kind == CALL_READ_FILE;
  if (!is_open || job->result < OPENED) return -1;
  return (int)(job->result & OPENED_DESCRIPTOR);
}

/* Nobody will read its result: what it opened is closed. Called with the lock held, when the
 * environment ends. */
static void forget(struct job *job) {
  int fd = opened_by(job);
  if (fd >= 0) close(fd);
  release(job->mailbox);
  free(job);
}

/* Called with the lock held. */
static void finish(struct job *job) {
  struct mailbox *mailbox = job->mailbox;
  mailbox->running--;
  push(&mailbox->done, job);
  if (mailbox->is_listening) {
    uv_async_send(&mailbox->wake);
    return;
  }
  /* The environment ends, or has ended: nobody will read it. The last job takes the mailbox. */
  pthread_cond_broadcast(&has_ended);
  struct list ended = mailbox->done;
  mailbox->done = (struct list){NULL, NULL};
  while ((job = shift(&ended)) != NULL) forget(job);
}

static bool wait_for_work(void) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += IDLE_SECONDS;
  idle++;
  int error = 0;
  while (queue.first == NULL && error == 0) {
    error = pthread_cond_timedwait(&has_work, &lock, &until);
  }
  idle--;
  return queue.first != NULL;
}

static void *work(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  while (wait_for_work()) {
    struct job *job = shift(&queue);
    queued--;
    job->mailbox->running++;
    pthread_mutex_unlock(&lock);
    int64_t result = call_perform(job->kind, job->words);
    job->result = result < 0 ? -errno : result;
    pthread_mutex_lock(&lock);
    finish(job);
  }
  threads--;
  pthread_mutex_unlock(&lock);
  return NULL;
}

/* Called with the lock held. Signals are for Node's own threads. */
static int start_thread(void) {
  stay_loaded();
  sigset_t all, before;
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&thread, &attributes, work, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error == 0) threads++;
  return error;
}

/* From here on it is the environment's, whose end closes it. */
static void own_opened(struct state *state, const struct job *job) {
  int fd = opened_by(job);
  if (fd < 0) return;
  if ((job->result & OPENED_WAITS) != 0) {
    descriptor_own_private(state, fd);
  } else {
    descriptor_own(state, fd);
  }
}

/* Moves what has ended into `results`: pairs of number and result. */
static uint32_t collect(struct mailbox *mailbox, double *results, size_t length) {
  uint32_t count = 0;
  pthread_mutex_lock(&lock);
  while (2 * (size_t)count + 1 < length) {
    struct job *job = shift(&mailbox->done);
    if (job == NULL) break;
    results[2 * count] = job->number;
    results[2 * count + 1] = (double)job->result;
    count++;
    own_opened(mailbox->state, job);
    free(job);
    release(mailbox);
  }
  pthread_mutex_unlock(&lock);
  return count;
}

/* True if more may have ended than there was room for. False also if the environment is ending. */
static bool deliver(struct mailbox *mailbox, napi_env env) {
  napi_value callback, results, count;
  double *words = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  if (napi_get_reference_value(env, mailbox->callback, &callback) != napi_ok ||
      napi_get_reference_value(env, mailbox->results, &results) != napi_ok ||
      napi_get_typedarray_info(env, results, &type, &length, (void **)&words, NULL, NULL) !=
          napi_ok) {
    return false;
  }
  uint32_t ended = collect(mailbox, words, length);
  if (ended == 0 || napi_create_uint32(env, ended, &count) != napi_ok) return false;
  napi_status called =
      napi_make_callback(env, mailbox->context, callback, callback, 1, &count, NULL);
  napi_value error;
  if (called == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    called = napi_fatal_exception(env, error);
  }
  return called == napi_ok && 2 * (size_t)ended + 1 >= length;
}

/* Thread: the loop's. Once for each turn of it: what is heard starts calls, which may have ended by
 * then, and so on, and timers and others would never have their turn. */
static void on_wake(uv_async_t *wake) {
  struct mailbox *mailbox = wake->data;
  napi_env env = mailbox->state->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  bool has_more = deliver(mailbox, env);
  if (napi_close_handle_scope(env, scope) != napi_ok) return;
  if (has_more && mailbox->is_listening) uv_async_send(wake);
}

/* openCalls(callback, results: Float64Array): `callback(count)` is called when `count` calls have
 * ended; their numbers and results are in pairs in `results`. Once for each environment.
 * Thread: the environment's. Memory: the mailbox goes with its last reference. At exit: the
 * teardown waits for what runs, within its bound. */
napi_value calls_open(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  REQUIRE(state->mailbox == NULL);
  napi_valuetype type;
  bool is_array = false;
  CHECK(napi_typeof(env, arguments[0], &type));
  CHECK(napi_is_typedarray(env, arguments[1], &is_array));
  REQUIRE(type == napi_function && is_array);
  napi_value name;
  CHECK(napi_create_string_utf8(env, "overlapped.calls", NAPI_AUTO_LENGTH, &name));
  struct mailbox *mailbox = calloc(1, sizeof *mailbox);
  REQUIRE(mailbox != NULL);
  napi_status status = napi_create_reference(env, arguments[0], 1, &mailbox->callback);
  if (status == napi_ok) status = napi_create_reference(env, arguments[1], 1, &mailbox->results);
  if (status == napi_ok) status = napi_async_init(env, NULL, name, &mailbox->context);
  if (status != napi_ok || uv_async_init(state->loop, &mailbox->wake, on_wake) != 0) {
    free(mailbox);
    return fail(env, "openCalls", status);
  }
  mailbox->wake.data = mailbox;
  mailbox->state = state;
  mailbox->references = 1;
  mailbox->is_listening = true;
  uv_unref((uv_handle_t *)&mailbox->wake);
  state->mailbox = mailbox;
  return NULL;
}

/* A close that has begun is its thread's: nobody else may touch the number. */
static void disown_closing(struct state *state, const struct job *job) {
  int64_t fd = job->words[0];
  if (fd >= 0 && fd < DESCRIPTORS_MAX) state->descriptors[fd] = 0;
}

/* What nobody else would ever do is done here. Called with the lock held. */
static void close_at_once(struct state *state, struct job *job) {
  state->mailbox->references++;
  state->mailbox->running++;
  disown_closing(state, job);
  int64_t result = call_perform(job->kind, job->words);
  job->result = result < 0 ? -errno : result;
  finish(job);
}

/* call(kind, number, words: Float64Array) → 0, or a negative errno if no thread can be had: only a
 * close is made all the same.
 * Thread: the environment's. Memory: what the words point to is the thread's until the call has
 * ended; the caller has marked it in the ledger. At exit: what has not begun never begins. */
napi_value calls_call(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  REQUIRE(state->mailbox != NULL);
  UINT32(kind, 0);
  REQUIRE(kind < CALL_KINDS);
  double number = 0;
  CHECK(napi_get_value_double(env, arguments[1], &number));
  double *words = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  CHECK(napi_get_typedarray_info(env, arguments[2], &type, &length, (void **)&words, NULL, NULL));
  REQUIRE(type == napi_float64_array && length >= CALL_WORDS);
  struct job *job = calloc(1, sizeof *job);
  REQUIRE(job != NULL);
  job->mailbox = state->mailbox;
  job->number = number;
  job->kind = (enum call_kind)kind;
  for (int i = 0; i < CALL_WORDS; i++) job->words[i] = (int64_t)words[i];
  pthread_mutex_lock(&lock);
  int error = idle <= queued && threads < THREADS_MAX ? start_thread() : 0;
  if (threads > 0) {
    error = 0; /* Then another one does it. */
    state->mailbox->references++;
    if (job->kind == CALL_CLOSE) disown_closing(state, job);
    push(&queue, job);
    queued++;
    pthread_cond_signal(&has_work);
  } else if (job->kind == CALL_CLOSE) {
    error = 0;
    close_at_once(state, job);
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) free(job);
  napi_value result;
  CHECK(napi_create_int32(env, -error, &result));
  return result;
}

/* Takes jobs of a mailbox out of the queue: one by its number, or all. Returns how many. Called
 * with the lock held. */
static unsigned withdraw(struct mailbox *mailbox, bool is_all, double number) {
  struct list kept = {NULL, NULL};
  unsigned count = 0;
  for (struct job *job = shift(&queue); job != NULL; job = shift(&queue)) {
    if (job->mailbox != mailbox || (!is_all && job->number != number)) {
      push(&kept, job);
      continue;
    }
    /* One that never begins leaves the descriptor to the end of the environment. */
    if (job->kind == CALL_CLOSE) descriptor_own(mailbox->state, (int)job->words[0]);
    free(job);
    release(mailbox);
    count++;
  }
  queue = kept;
  queued -= count;
  return count;
}

/* cancelCall(number) → whether it had not begun, and now never will.
 * Thread: the environment's. Memory: then it is the caller's again. At exit: nothing. */
napi_value calls_cancel(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  REQUIRE(state->mailbox != NULL);
  double number = 0;
  CHECK(napi_get_value_double(env, arguments[0], &number));
  pthread_mutex_lock(&lock);
  bool is_withdrawn = withdraw(state->mailbox, false, number) > 0;
  pthread_mutex_unlock(&lock);
  napi_value result;
  CHECK(napi_get_boolean(env, is_withdrawn, &result));
  return result;
}

static void on_closed(uv_handle_t *handle) {
  struct mailbox *mailbox = handle->data;
  teardown_handle_closed(mailbox->state);
}

/* Starts to close the mailbox's handle; true if there is one, whose end `teardown_handle_closed`
 * will be told. */
bool calls_close(struct state *state) {
  struct mailbox *mailbox = state->mailbox;
  if (mailbox == NULL) return false;
  pthread_mutex_lock(&lock);
  mailbox->is_listening = false;
  withdraw(mailbox, true, 0);
  pthread_mutex_unlock(&lock);
  if (napi_delete_reference(state->env, mailbox->callback) == napi_ok) mailbox->callback = NULL;
  if (napi_delete_reference(state->env, mailbox->results) == napi_ok) mailbox->results = NULL;
  if (napi_async_destroy(state->env, mailbox->context) == napi_ok) mailbox->context = NULL;
  uv_close((uv_handle_t *)&mailbox->wake, on_closed);
  return true;
}

/* Waits for the calls that run, until `deadline`; false if some still do, and then their memory is
 * theirs for good. The handle has been closed. */
bool calls_drain(struct state *state, const struct timespec *deadline) {
  struct mailbox *mailbox = state->mailbox;
  if (mailbox == NULL) return true;
  pthread_mutex_lock(&lock);
  int error = 0;
  while (mailbox->running > 0 && error == 0) {
    error = pthread_cond_timedwait(&has_ended, &lock, deadline);
  }
  bool is_drained = mailbox->running == 0;
  while (mailbox->done.first != NULL) forget(shift(&mailbox->done));
  state->mailbox = NULL;
  release(mailbox);
  pthread_mutex_unlock(&lock);
  return is_drained;
}
