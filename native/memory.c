/* Blocks: memory that the kernel may read or write, and who may free it.
 *
 *   handle (JavaScript) ──┐
 *   ArrayBuffer ──────────┼──► block ──► data        freed when nobody refers to it
 *   ledger[index] == 1 ───┘                          and the kernel has no claim
 */
#include "check.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* An environment that frees more than this at its end gives the memory back to the system. */
enum { TRIM_BYTES = 64 << 20 };

_Atomic uint64_t bytes_alive;
_Atomic uint64_t bytes_leaked;

static void *map_words(size_t count) {
  /* Untouched pages cost nothing, so the tables have their greatest size from the start. */
  void *words = mmap(NULL, count * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return words == MAP_FAILED ? NULL : words;
}

bool memory_state_init(struct state *state) {
  state->ledger = map_words(BLOCKS_MAX);
  state->blocks_free = map_words(BLOCKS_MAX);
  state->descriptors = map_words(DESCRIPTORS_WORDS);
  state->blocks = map_words(BLOCKS_MAX * (sizeof(struct block *) / sizeof(uint32_t)));
  return state->ledger && state->blocks_free && state->descriptors && state->blocks;
}

static void unmap_words(void *words, size_t count) {
  if (words != NULL) munmap(words, count * sizeof(uint32_t));
}

static void block_free(struct block *block) {
  struct state *state = block->state;
  state->blocks[block->index] = NULL;
  if (!state->is_ended) state->blocks_free[state->blocks_free_count++] = block->index;
  state->blocks_alive--;
  atomic_fetch_sub(&bytes_alive, block->size);
  state->bytes_freed += block->size;
  free(block->data);
  free(block);
}

/* Once the hook has run, the ledger has said its last word: what the kernel may still write to is
 * marked in the block itself and stays allocated for as long as the process lives. */
void memory_state_end(struct state *state, bool is_drained) {
  for (uint32_t i = 0; i < state->blocks_count; i++) {
    struct block *block = state->blocks[i];
    if (block == NULL || state->ledger[i] == 0) continue;
    if (!is_drained) {
      block->leaked = true;
      atomic_fetch_add(&bytes_leaked, block->size);
    } else if (block->references == 0) {
      block_free(block); /* Nobody else will: it lost its last reference while it was lent. */
    }
  }
  state->is_ended = true;
  state->bytes_freed = 0;
  unmap_words(state->ledger, BLOCKS_MAX);
  state->ledger = NULL;
  unmap_words(state->descriptors, DESCRIPTORS_WORDS);
  for (uint32_t i = 0; i < state->rosters_count; i++) {
    unmap_words(state->rosters[i], ROSTER_WORDS);
  }
  state->rosters_count = 0;
}

/* glibc keeps what a thread has freed for a next thread that it gives the same arena: 560 MiB of a
 * worker with 12,000 buffers of 40 KB, and more with each one. */
static void trim(const struct state *state) {
#ifdef __GLIBC__
  if (state->bytes_freed > TRIM_BYTES) malloc_trim(0);
#else
  (void)state;
#endif
}

/* The state goes when the hook has run and the last block has gone, whichever is later: Node runs
 * the finalizers of ArrayBuffers before the hook and those of handles after it. */
void memory_state_free(struct state *state) {
  if (!state->is_ended || state->blocks_alive != 0) return;
  unmap_words(state->blocks_free, BLOCKS_MAX);
  unmap_words(state->blocks, BLOCKS_MAX * (sizeof(struct block *) / sizeof(uint32_t)));
  trim(state);
  free(state);
}

static void block_release(struct block *block) {
  struct state *state = block->state;
  block->references--;
  if (block->references != 0 || block->leaked) return;
  /* No handle and no ArrayBuffer, but the kernel has a claim: only the teardown may free it now. */
  if (!state->is_ended && state->ledger[block->index] != 0) return;
  block_free(block);
  memory_state_free(state);
}

static void on_handle_gone(napi_env env, void *data, void *hint) {
  (void)hint;
  struct block *block = data;
  int64_t total;
  /* Only a hint for the collector: in an environment that is ending nobody reads it. */
  (void)napi_adjust_external_memory(env, -(int64_t)block->size, &total);
  block_release(block);
}

static void on_array_buffer_gone(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  block_release(hint);
}

/* allocate(byteLength, alignment, out: Uint32Array) → handle, or a negative errno. `out` receives
 * index in the ledger, low and high word of the address.
 * Thread: the environment's. Memory: counted; the handle is one reference. Fresh memory is zeroed.
 * At exit: the handle's finalizer runs after the teardown and frees what the kernel has left. */
napi_value memory_allocate(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  double size = 0;
  CHECK(napi_get_value_double(env, arguments[0], &size));
  UINT32(alignment, 1);
  REQUIRE(size >= 1 && size <= 4294967296.0);
  REQUIRE(alignment >= 64 && (alignment & (alignment - 1)) == 0);
  uint32_t *out = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  CHECK(napi_get_typedarray_info(env, arguments[2], &type, &length, (void **)&out, NULL, NULL));
  REQUIRE(type == napi_uint32_array && length >= 3);

  napi_value result;
  struct block *block = calloc(1, sizeof *block);
  size_t rounded = ((size_t)size + alignment - 1) / alignment * alignment;
  void *data = block == NULL ? NULL : aligned_alloc(alignment, rounded);
  bool is_full = state->blocks_free_count == 0 && state->blocks_count == BLOCKS_MAX;
  if (data == NULL || is_full) {
    free(data);
    free(block);
    CHECK(napi_create_int32(env, -ENOMEM, &result));
    return result;
  }
  memset(data, 0, rounded);
  block->state = state;
  block->data = data;
  block->size = (size_t)size;
  napi_status status = napi_create_external(env, block, on_handle_gone, NULL, &result);
  if (status != napi_ok) {
    free(data);
    free(block);
    return fail(env, "napi_create_external", status);
  }
  block->references = 1;
  block->index = state->blocks_free_count > 0 ? state->blocks_free[--state->blocks_free_count]
                                              : state->blocks_count++;
  state->blocks[block->index] = block;
  state->blocks_alive++;
  atomic_fetch_add(&bytes_alive, block->size);
  /* The collector sees a small object; this is what hangs on it. */
  int64_t total;
  CHECK(napi_adjust_external_memory(env, (int64_t)block->size, &total));
  uint64_t address = (uint64_t)(uintptr_t)data;
  out[0] = block->index;
  out[1] = (uint32_t)address;
  out[2] = (uint32_t)(address >> 32);
  return result;
}

/* wrap(handle) → an ArrayBuffer over the block: the same memory, no copy.
 * Thread: the environment's. Memory: the ArrayBuffer is one reference, dropped by its finalizer,
 * which may run while the block is lent and then frees nothing. At exit: before the teardown. */
napi_value memory_wrap(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct block *block = NULL;
  CHECK(napi_get_value_external(env, arguments[0], (void **)&block));
  REQUIRE(state->ledger[block->index] == 0);
  napi_value result;
  block->references++;
  napi_status status = napi_create_external_arraybuffer(env, block->data, block->size,
                                                        on_array_buffer_gone, block, &result);
  if (status != napi_ok) {
    block->references--;
    return fail(env, "napi_create_external_arraybuffer", status);
  }
  return result;
}

/* detach(arrayBuffer): takes the memory away from JavaScript. Only Node 20 needs it, where
 * ArrayBuffer.prototype.transfer does not exist and structuredClone copies external memory.
 * Thread: the environment's. Memory: the ArrayBuffer's reference goes, soon. At exit: nothing. */
napi_value memory_detach(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  CHECK(napi_detach_arraybuffer(env, arguments[0]));
  (void)state;
  return NULL;
}

/* counters(out: Float64Array): bytes in blocks of the process, bytes leaked on purpose, blocks of
 * this thread. Thread: any. Memory: none. At exit: nothing. */
napi_value memory_counters(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  double *out = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  CHECK(napi_get_typedarray_info(env, arguments[0], &type, &length, (void **)&out, NULL, NULL));
  REQUIRE(type == napi_float64_array && length >= 3);
  out[0] = (double)atomic_load(&bytes_alive);
  out[1] = (double)atomic_load(&bytes_leaked);
  out[2] = (double)state->blocks_alive;
  return NULL;
}

/* roster() → an ArrayBuffer for one backend, which marks in it what the kernel has; or −errno.
 * Thread: the environment's. Memory: the state's. At exit: the teardown cancels what is on it. */
napi_value memory_roster(napi_env env, napi_callback_info info) {
  struct state *state = NULL;
  CHECK(napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&state));
  REQUIRE(!state->is_ended);
  napi_value result;
  uint32_t *words = state->rosters_count < ROSTERS_MAX ? map_words(ROSTER_WORDS) : NULL;
  if (words == NULL) {
    CHECK(napi_create_int32(env, -ENOMEM, &result));
    return result;
  }
  state->rosters[state->rosters_count++] = words;
  /* No finalizer: the teardown unmaps it, when JavaScript runs no more. */
  size_t size = ROSTER_WORDS * sizeof *words;
  CHECK(napi_create_external_arraybuffer(env, words, size, NULL, NULL, &result));
  return result;
}
